/*
 * What the focus comes to, and what it never comes to. Parts of a whole that has arrow keys need no
 * stop of their own.
 */
() => {
  const USABLE = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const WHOLE = '[role=grid], [role=listbox], [role=toolbar], [role=radiogroup], svg[role=group]';
  const stops = [];
  const visited = new Set();
  const look = (at) => [at, ...at.querySelectorAll('*')].slice(0, 400).map((each) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, strokeWidth } = getComputedStyle(each);
    return [outlineStyle, outlineWidth, outlineColor, boxShadow, strokeWidth].join();
  }).join(';');
  const describe = (at) => `${at.tagName.toLowerCase()} ${at.ariaLabel ?? at.textContent.trim().slice(0, 40)}`;
  /** Whether what scrolls cuts off the ring on a side. */
  const isCut = (at) => {
    const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(at);
    if (outlineStyle === 'none') return false;
    const reach = parseFloat(outlineWidth) + parseFloat(outlineOffset);
    const box = at.getBoundingClientRect();
    for (let over = at.parentElement; over && over !== document.body; over = over.parentElement) {
      if (getComputedStyle(over).overflow === 'visible' || over.clientWidth < box.width) continue;
      const edge = over.getBoundingClientRect();
      const outside = [edge.left - box.left, edge.top - box.top, box.right - edge.right, box.bottom - edge.bottom];
      if (outside.some((by) => by + reach > 1)) return true;
    }
    return false;
  };
  window.watchedStop = () => {
    const at = document.activeElement;
    const last = stops.at(-1);
    if (last && last.at.isConnected) last.unseen = look(last.at) === last.look;
    if (at === document.body || visited.has(at)) return false;
    visited.add(at);
    stops.push({ at, look: look(at), unseen: false, cut: isCut(at) });
    return true;
  };
  window.watchedFaults = () => {
    const faults = stops.filter((stop) => stop.unseen).map(({ at }) => `no ring: ${describe(at)}`);
    faults.push(...stops.filter((stop) => stop.cut).map(({ at }) => `a ring cut off: ${describe(at)}`));
    const wholes = new Set(stops.map(({ at }) => at.closest(WHOLE)).filter(Boolean));
    for (const at of document.querySelectorAll(USABLE)) {
      const isOut = at.matches(':disabled, main') || at.closest('[aria-hidden=true]') || !at.checkVisibility();
      const inWhole = wholes.has(at.closest(WHOLE));
      if (!isOut && !visited.has(at) && !inWhole) faults.push(`never reached: ${describe(at)}`);
    }
    return { count: stops.length, faults };
  };
}

/** Buttons that belong together are one stop for Tab; the arrow keys lead from one to the next. */

const STEPS: Record<string, number> = {
  ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity,
};

/** For groups with the role of a toolbar or of radio buttons; of the latter, arrow keys also choose. */
export function arrowKeys(group: HTMLElement): () => void {
  const buttons = () => [...group.querySelectorAll('button')];

  function keepOneStop(): void {
    const all = buttons();
    const stop =
      all.find((button) => button === document.activeElement) ??
      all.find((button) => button.getAttribute('aria-checked') === 'true') ??
      all[0];
    for (const button of all) button.tabIndex = button === stop ? 0 : -1;
  }

  function press(event: KeyboardEvent): void {
    const by = STEPS[event.key];
    if (by === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = buttons();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
    next?.focus();
    if (next?.role === 'radio') next.click();
    event.preventDefault();
    event.stopPropagation();
  }

  const observer = new MutationObserver(keepOneStop);
  observer.observe(group, { childList: true, subtree: true, attributeFilter: ['aria-checked'] });
  group.addEventListener('focusin', keepOneStop);
  group.addEventListener('keydown', press);
  keepOneStop();
  return () => {
    observer.disconnect();
    group.removeEventListener('focusin', keepOneStop);
    group.removeEventListener('keydown', press);
  };
}

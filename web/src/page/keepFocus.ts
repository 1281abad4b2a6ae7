/** A button that goes once a key pressed it leaves the focus beside where it was, not at the top of the page. */

const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), select, [tabindex="0"]';

export function keepFocus(event: MouseEvent): void {
  const isOfPointer = event.detail > 0;
  if (isOfPointer) return;
  const around = event.composedPath().filter((each): each is HTMLElement => each instanceof HTMLElement);
  requestAnimationFrame(() => {
    if (document.activeElement !== document.body) return;
    const left = around.find((each) => each.isConnected && each.querySelector(FOCUSABLE));
    left?.querySelector<HTMLElement>(FOCUSABLE)?.focus({ preventScroll: true });
  });
}

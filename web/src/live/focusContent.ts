/** Where the keyboard goes on when what had the focus is gone: the row it would reach, or the room. */
export function focusContent(): void {
  const row = document.querySelector<HTMLElement>('#content [role=grid] tr[tabindex="0"]');
  (row ?? document.getElementById('content'))?.focus({ preventScroll: true });
}

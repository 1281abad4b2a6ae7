/** What flies past while somebody scrolls fast is not drawn: the scrolling itself comes first. */

/** So long something must stay near the window while the page is scrolled. */
export const STAYS_MS = 150;

let scrolledAt = -Infinity;
if (typeof window !== 'undefined') {
  window.addEventListener('scroll', () => (scrolledAt = performance.now()), { capture: true, passive: true });
}

/** Pass on at once that something went; that it came, while the page moves, only if it stays. */
export function unlessPassing(
  callback: (near: boolean) => void,
  isMoving: () => boolean = () => performance.now() - scrolledAt < STAYS_MS,
): (near: boolean) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (near) => {
    clearTimeout(timer);
    if (near && isMoving()) timer = setTimeout(() => callback(true), STAYS_MS);
    else callback(near);
  };
}

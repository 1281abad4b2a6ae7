/** Tells whenever an element comes near the window, or goes. */

const AHEAD = '600px';

export function whileNear(callback: (near: boolean) => void) {
  return (element: Element): (() => void) => {
    const observer = new IntersectionObserver(
      (entries) => callback(entries.at(-1)!.isIntersecting),
      { rootMargin: AHEAD },
    );
    const print = () => callback(true);
    observer.observe(element);
    window.addEventListener('beforeprint', print);
    return () => {
      observer.disconnect();
      window.removeEventListener('beforeprint', print);
    };
  };
}

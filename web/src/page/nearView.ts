/** Calls back once when an element comes near the window, or when the page is to be printed. */

const AHEAD = '700px';

export function nearView(callback: () => void) {
  return (element: Element): (() => void) => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) done();
      },
      { rootMargin: AHEAD },
    );
    const stop = () => {
      observer.disconnect();
      window.removeEventListener('beforeprint', done);
    };
    function done(): void {
      stop();
      callback();
    }
    observer.observe(element);
    window.addEventListener('beforeprint', done);
    return stop;
  };
}

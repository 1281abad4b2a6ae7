/** Small things a browser remembers for its reader, between visits. */

export function readKept<T>(key: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(`bathyscope.${key}`);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function keep(key: string, value: unknown): void {
  try {
    localStorage.setItem(`bathyscope.${key}`, JSON.stringify(value));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

/** Small things a browser remembers for its reader, between visits. */

import { savedCopy } from '../state/savedCopy';

const PREFIX = 'bathyscope.';

export function readKept<T>(key: string, otherwise: T): T {
  try {
    // A saved copy looks as it did when it was saved, whatever this browser remembers.
    const text = savedCopy ? (savedCopy.kept[key] ?? null) : localStorage.getItem(PREFIX + key);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function keep(key: string, value: unknown): void {
  if (savedCopy) return;
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

/** Everything that is remembered, as text. */
export function allKept(): Record<string, string> {
  try {
    const ours = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    return Object.fromEntries(ours.map((key) => [key.slice(PREFIX.length), localStorage.getItem(key)!]));
  } catch {
    return {};
  }
}

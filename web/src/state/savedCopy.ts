/** A page that was saved as one file: the answers of the server, and how the page stood. */

import { Blobs } from '../data/blobs';

interface Held {
  /** The address within the page. */
  hash: string;
  /** What the browser remembered for its reader, by name, as text. */
  kept: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  saved: number;
  /** Which answer is in which blob; addresses are written as `addressOf` says. */
  answers: Readonly<Record<string, number>>;
}

export class SavedCopy {
  readonly hash: string;
  readonly kept: Held['kept'];
  readonly saved: number;
  #answers: Held['answers'];
  #blobs: Blobs;

  constructor(held: Held, blob: (index: number) => string) {
    this.hash = held.hash;
    this.kept = held.kept;
    this.saved = held.saved;
    this.#answers = held.answers;
    this.#blobs = new Blobs(blob);
  }

  /** The bytes the server answered; null for what is not in this copy. */
  async answer(path: string): Promise<ArrayBuffer | null> {
    return this.#bytes(addressOf(path));
  }

  /** Metrics are kept one by one, and asked for together. */
  async metrics(path: string): Promise<readonly ArrayBuffer[]> {
    const [pathname, searchParams] = split(path);
    const found = await Promise.all(
      searchParams.getAll('metric').map((name) => this.#bytes([...partsOf(pathname), name].join('\n'))),
    );
    return found.filter((bytes) => bytes !== null);
  }

  async #bytes(address: string): Promise<ArrayBuffer | null> {
    const number = Object.hasOwn(this.#answers, address) ? this.#answers[address] : undefined;
    return number === undefined ? null : this.#blobs.bytes(number, 'deflate-raw');
  }
}

/** The parts of a request's path, and what tells apart requests of the same path. */
export function addressOf(path: string): string {
  const [pathname, searchParams] = split(path);
  const parts = partsOf(pathname);
  if (parts[2] === 'figures' || parts[2] === 'neighbours') parts.push(searchParams.get('step') ?? '');
  if (parts[2] === 'maps') parts.push(searchParams.get('map') ?? '', searchParams.get('step') ?? '');
  if (parts[2] === 'curve') parts.push(searchParams.get('metric') ?? '');
  return parts.join('\n');
}

function split(path: string): [pathname: string, query: URLSearchParams] {
  const [pathname = '', query = ''] = path.split('?', 2);
  return [pathname, new URLSearchParams(query)];
}

/** Without the `api` all of them begin with. */
function partsOf(pathname: string): string[] {
  return pathname.split('/').filter(Boolean).slice(1).map(decodeURIComponent);
}

function read(): SavedCopy | null {
  const element = globalThis.document?.getElementById('copy');
  if (!element) return null;
  const blob = (index: number) => document.getElementById(`blob-${index}`)?.textContent ?? '';
  return new SavedCopy(JSON.parse(element.textContent ?? '') as Held, blob);
}

/** Null for a page that has a server. */
export const savedCopy = read();

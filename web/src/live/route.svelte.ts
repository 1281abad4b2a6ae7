/** Where the reader is, kept in the fragment of the address: `#/run/<id>/<room>?step=120`. */

import { savedCopy } from '../state/savedCopy';

export interface Address {
  /** Parts of the path, decoded: `['run', 'ab12', 'loss']`. */
  path: readonly string[];
  query: Readonly<Record<string, string>>;
}

export function parseAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const parts = path.split('/').filter(Boolean).map(decoded);
  return { path: parts, query: Object.fromEntries(new URLSearchParams(query)) };
}

export function writeAddress({ path, query }: Address): string {
  const kept = Object.entries(query).filter(([, value]) => value !== '');
  // Colons and commas are allowed in fragments, and easier to read than %3A and %2C.
  const search = kept.map(([key, value]) => `${key}=${readable(value)}`).join('&');
  return `#/${path.map(encodeURIComponent).join('/')}${search && `?${search}`}`;
}

function readable(value: string): string {
  return encodeURIComponent(value).replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%2F/g, '/');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

class Route {
  #address = $state.raw<Address>(parseAddress(here()));

  get path(): readonly string[] {
    return this.#address.path;
  }

  get query(): Readonly<Record<string, string>> {
    return this.#address.query;
  }

  /** Follow the address bar from now on. */
  watch(): void {
    const read = () => (this.#address = parseAddress(here()));
    window.addEventListener('hashchange', read);
    read();
  }

  /** Go somewhere else: one more entry for the back button. */
  go(path: readonly string[], query: Readonly<Record<string, string>> = {}): void {
    location.hash = writeAddress({ path, query });
    this.#address = { path, query };
  }

  /** Change parts of the query in place; an empty text takes a part away. */
  set(changes: Readonly<Record<string, string>>): void {
    const query = { ...this.#address.query, ...changes };
    for (const [key, value] of Object.entries(query)) if (value === '') delete query[key];
    const before = writeAddress(this.#address);
    this.#address = { path: this.#address.path, query };
    const after = writeAddress(this.#address);
    if (after !== before) history.replaceState(history.state, '', after);
  }
}

/** A saved copy opens where it was saved. */
function here(): string {
  return location.hash || savedCopy?.hash || '';
}

export const route = new Route();

/** What a reader set inside views: the order of a gallery, the classes of a matrix, ... as texts. */

import { getContext, setContext } from 'svelte';

/** By view and panel, by name. */
type Kept = ReadonlyMap<string, ReadonlyMap<string, string>>;

class Controls {
  #kept = $state.raw<Kept>(new Map());

  get(view: string, name: string): string | null {
    return this.#kept.get(view)?.get(name) ?? null;
  }

  /** All that was set of a view. */
  of(view: string): ReadonlyMap<string, string> {
    return this.#kept.get(view) ?? new Map<string, string>();
  }

  /** Keep what was set; null takes it back. */
  set(view: string, name: string, value: string | null): void {
    const own = new Map(this.#kept.get(view));
    if (value === null) own.delete(name);
    else own.set(name, value);
    const kept = new Map(this.#kept);
    if (own.size) kept.set(view, own);
    else kept.delete(view);
    this.#kept = kept;
  }

  /** All of it as a text for the address: `view:name:value` with commas between them. */
  text(): string {
    return [...this.#kept]
      .flatMap(([view, own]) => [...own].map(([name, value]) => [view, name, value]))
      .map((parts) => parts.map(escaped).join(':'))
      .join(',');
  }

  read(text: string): void {
    const kept = new Map<string, Map<string, string>>();
    for (const part of text.split(',')) {
      const [view, name, value] = part.split(':').map(decoded);
      if (view === undefined || name === undefined || value === undefined) continue;
      kept.set(view, (kept.get(view) ?? new Map<string, string>()).set(name, value));
    }
    this.#kept = kept;
  }
}

/** The signs this text is made of must not occur in its parts. */
function escaped(part: string): string {
  return part.replace(/[%,:]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

function decoded(part: string): string {
  return part.replace(/%(25|2c|3a)/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

export const controls = new Controls();

const VIEW = Symbol('view');

/** Say which view the components below belong to; within it, which part. */
export function nameView(name: () => string): void {
  const outer = getContext<(() => string) | undefined>(VIEW);
  setContext(VIEW, outer ? () => `${outer()}/${name()}` : name);
}

export interface ViewControls {
  get(name: string): string | null;
  set(name: string, value: string | null): void;
}

/** All controls of the view a component belongs to, by their names. */
export function controlsHere(): ViewControls {
  const view = getContext<(() => string) | undefined>(VIEW) ?? (() => '');
  return {
    get: (name: string) => controls.get(view(), name),
    set: (name: string, value: string | null) => controls.set(view(), name, value),
  };
}

import type { Id } from './selection.svelte';

/** The thing under the pointer: marks with ids of its kind ring or raise the same thing. */
class Hover {
  #at = $state.raw<{ kind: string; id: Id } | null>(null);

  get at(): { kind: string; id: Id } | null {
    return this.#at;
  }

  /** The hovered id of a kind, or null. */
  get(kind: string): Id | null {
    return this.#at?.kind === kind ? this.#at.id : null;
  }

  set(kind: string, id: Id): void {
    if (this.#at?.kind !== kind || this.#at.id !== id) this.#at = { kind, id };
  }

  clear(): void {
    if (this.#at) this.#at = null;
  }
}

export const hover = new Hover();

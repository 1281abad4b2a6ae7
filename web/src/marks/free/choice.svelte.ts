/** The reader's choice among the elements of a mark, as the controls of its view have it. */

import type { Browse } from '../../data/types';
import { controlsHere } from '../../state/controls.svelte';
import { browsed, type Choice } from './browsing';

/** Elements in the order in which they are shown; all of `count` where there is nothing to choose. */
export class Chosen {
  readonly #here = controlsHere();
  readonly #browse: () => Browse | null;

  readonly choice = $derived.by((): Choice => {
    const facets = this.#browse()?.facets ?? [];
    const kept = facets.flatMap(({ label }) => {
      const name = this.#here.get(`only ${label}`);
      return name === null ? [] : [[label, name] as const];
    });
    return {
      order: this.#here.get('order'),
      reversed: this.#here.get('reversed') === '1',
      facets: new Map(kept),
    };
  });

  readonly elements = $derived.by((): number[] => {
    const browse = this.#browse();
    return browse ? browsed(browse, this.choice) : Array.from({ length: this.#count() }, (_, i) => i);
  });

  /** How many are shown beyond the first. */
  readonly more = $derived.by(() => Number(this.#here.get('more')) || 0);

  showMore(count: number): void {
    this.#here.set('more', String(this.more + count));
  }

  readonly #count: () => number;

  constructor(browse: () => Browse | null, count: () => number) {
    this.#browse = browse;
    this.#count = count;
  }
}

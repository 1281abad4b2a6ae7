/** The reader's choice among the elements of a mark, as the controls of its view have it. */

import type { Asked, Browse, Ids } from '../../data/types';
import { questionHere } from '../../state/asking';
import { controlsHere } from '../../state/controls.svelte';
import { brightness, selection } from '../../state/selection.svelte';
import { browsed, type Choice } from './browsing';

/** A mark of which the reader sees some elements. */
interface Chooses {
  browse: Browse | null;
  ids: Ids | null;
  count: number;
  /** Whether some part of an element, as it is written, holds a text in lower case. */
  holds: (element: number, wanted: string) => boolean;
}

/** Elements in the order in which they are shown; all of them where there is nothing to choose. */
export class Chosen {
  readonly #here = controlsHere();
  readonly #question = questionHere();
  readonly #mark: () => Chooses;

  constructor(mark: () => Chooses) {
    this.#mark = mark;
  }

  readonly choice = $derived.by((): Choice => {
    const facets = this.#mark().browse?.facets ?? [];
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

  readonly find = $derived.by(() => this.#here.get('find') ?? '');
  readonly onlySelected = $derived.by(() => this.#here.get('selected') === '1');
  /** How many are shown beyond the first. */
  readonly more = $derived.by(() => Number(this.#here.get('more')) || 0);
  /** 1 for each selected element; null while nothing of the kind is selected. */
  readonly bright = $derived.by(() => brightness(this.#mark().ids, this.#mark().count));

  /** What was chosen out of all elements there are: null until it is answered, and where nobody answers. */
  readonly answer = $derived.by((): Asked | null => {
    const asked = this.#mark().browse?.asked ?? null;
    return asked && asked.choice === this.#question() ? asked : null;
  });

  /** Those that are like what is asked for, selected or not. */
  readonly matching = $derived.by((): number[] => {
    if (this.answer) return Array.from(this.answer.places.data);
    const { browse, count, holds } = this.#mark();
    const all = browse ? browsed(browse, this.choice) : Array.from({ length: count }, (_, i) => i);
    const wanted = this.find.trim().toLocaleLowerCase();
    return wanted ? all.filter((element) => holds(element, wanted)) : all;
  });

  readonly elements = $derived.by((): number[] => {
    const { bright } = this;
    return this.onlySelected && bright ? this.matching.filter((element) => bright[element]) : this.matching;
  });

  /** How many there are, also of those the mark does not hold. */
  readonly found = $derived.by(() => {
    const isWhole = this.answer && this.elements.length === this.matching.length;
    return isWhole ? this.answer!.found : this.elements.length;
  });

  /** How many are selected, and of how many: of all elements where others can be asked for. */
  readonly selected = $derived.by((): readonly [selected: number, all: number] => {
    const { browse, ids, count } = this.#mark();
    if (browse?.asked && ids && this.#question() !== null) {
      return [Math.min(browse.total, selection.get(ids.kind)?.size ?? 0), browse.total];
    }
    return [this.bright?.reduce((sum, one) => sum + one, 0) ?? 0, count];
  });

  search(text: string): void {
    this.#here.set('find', text || null);
  }

  keepOnly(selected: boolean): void {
    this.#here.set('selected', selected ? '1' : null);
  }

  showMore(count: number): void {
    this.#here.set('more', String(this.more + count));
  }

  /** Forget all that was chosen. */
  reset(): void {
    for (const name of ['order', 'reversed', 'more', 'find', 'selected']) this.#here.set(name, null);
    for (const { label } of this.#mark().browse?.facets ?? []) this.#here.set(`only ${label}`, null);
  }
}

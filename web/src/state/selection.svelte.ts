import type { Ids, NumberData } from '../data/types';
import { idSet, WholeNumbers, type Id } from './idSet';

export type { Id };

/**
 * What the reader selected, by kind of thing ("sample", "class", ...): the heart of linking.
 * Every mark with ids of a selected kind dims its other elements, wherever it is on the page.
 * Reading it inside `$effect`, `$derived` or markup subscribes to changes.
 */
class Selection {
  #sets = $state.raw<ReadonlyMap<string, ReadonlySet<Id>>>(new Map());
  /** Which mark made the selection, in words for the chip: "lasso in Feature vectors". */
  source = $state('');

  /** The selected ids of a kind, or null if nothing of this kind is selected. */
  get(kind: string): ReadonlySet<Id> | null {
    return this.#sets.get(kind) ?? null;
  }

  get entries(): [kind: string, ids: ReadonlySet<Id>][] {
    return [...this.#sets];
  }

  get empty(): boolean {
    return this.#sets.size === 0;
  }

  /** Select these ids of a kind and no others; selecting none clears the kind. */
  set(kind: string, ids: Iterable<Id>, source = ''): void {
    const chosen = idSet(ids);
    const sets = new Map(this.#sets);
    if (chosen.size) sets.set(kind, chosen);
    else sets.delete(kind);
    this.#sets = sets;
    this.source = source;
  }

  /**
   * What a click on an element does: select its ids; with `extend` (shift or ctrl held) add them
   * to the selection; a second click on the same thing takes it away again.
   */
  toggle(kind: string, ids: Iterable<Id>, { extend = false, source = '' } = {}): void {
    const clicked = [...ids];
    const before = this.get(kind) ?? new Set<Id>();
    const allIn = clicked.length > 0 && clicked.every((id) => before.has(id));
    if (extend) {
      const next = new Set(before);
      for (const id of clicked) allIn ? next.delete(id) : next.add(id);
      this.set(kind, next, source);
    } else {
      this.set(kind, allIn && before.size === clicked.length ? [] : clicked, source);
    }
  }

  /** Forget one kind, or everything. */
  clear(kind?: string): void {
    const sets = new Map(this.#sets);
    if (kind === undefined) sets.clear();
    else sets.delete(kind);
    this.#sets = sets;
    this.source = '';
  }
}

export const selection = new Selection();

/** The ids of one element: none, one, or many (the samples of a confusion cell). */
export function idsOf(ids: Ids | null, element: number): Id[] {
  if (!ids) return [];
  const values = ids.values.data;
  if (!ids.elements) {
    const at = values.length === 1 ? 0 : element;
    return at < values.length ? [values[at]!] : [];
  }
  const elements = ids.elements.data;
  const found: Id[] = [];
  for (let i = 0; i < elements.length; i++) if (elements[i] === element) found.push(values[i]!);
  return found;
}

/** The ids of many elements, each looked for once. */
export function idsOfAll(ids: Ids, elements: ArrayLike<number>): Iterable<Id> {
  const values = ids.values.data;
  if (ids.elements) return idsOfOwners(ids.elements.data, values, elements);
  if (values.length === 1) return elements.length ? [values[0]!] : [];
  if (ArrayBuffer.isView(values) && elements instanceof Uint32Array) return picked(values, elements);
  const found: Id[] = [];
  for (let i = 0; i < elements.length; i++) if (elements[i]! < values.length) found.push(values[elements[i]!]!);
  return found;
}

function picked(values: NumberData, elements: Uint32Array): NumberData {
  if (areNumbersInOrder(values) && !(elements.at(-1)! >= values.length)) return elements;
  const found = values.slice(0, elements.length);
  let count = 0;
  for (let i = 0; i < elements.length; i++) {
    if (elements[i]! < values.length) found[count++] = values[elements[i]!]!;
  }
  return found.subarray(0, count);
}

/** Every element may own several ids. */
function idsOfOwners(owners: NumberData, values: ArrayLike<Id>, elements: ArrayLike<number>): Id[] {
  const wanted = new Set(Array.from(elements));
  const found: Id[] = [];
  for (let i = 0; i < owners.length; i++) if (wanted.has(owners[i]!)) found.push(values[i]!);
  return found;
}

/**
 * Which of `count` elements the selection keeps bright (1) or dims (0); null when this mark is
 * not concerned, so that it draws as always. Call it inside `$derived` or `$effect`.
 */
export function brightness(ids: Ids | null, count: number): Uint8Array | null {
  const chosen = ids ? (selection.get(ids.kind) ?? related(ids.kind)) : null;
  if (!ids || !chosen) return null;
  const values = ids.values.data;
  if (!ids.elements && values.length === 1) {
    return new Uint8Array(count).fill(chosen.has(values[0]!) ? 1 : 0);
  }
  const elements = ids.elements?.data;
  const bright = new Uint8Array(count);
  if (!elements && areNumbersInOrder(values)) {
    if (chosen instanceof WholeNumbers) return chosen.flags(count);
    for (const id of selection.get(ids.kind) ?? []) if (typeof id === 'number' && id < count) bright[id] = 1;
    return bright;
  }
  for (let i = 0; i < values.length; i++) {
    const element = elements ? elements[i]! : i;
    if (element < count && chosen.has(values[i]!)) bright[element] = 1;
  }
  return bright;
}

/** A selected layer stands for its parameters, and a parameter for its layer. */
function related(kind: string): Pick<ReadonlySet<Id>, 'has'> | null {
  const layers = kind === 'parameter' ? selection.get('layer') : null;
  if (layers) return { has: (id) => [...layers].some((layer) => isOf(id, layer)) };
  const parameters = kind === 'layer' ? selection.get('parameter') : null;
  return parameters && { has: (id) => [...parameters].some((parameter) => isOf(parameter, id)) };
}

/** Names of parameters begin with that of their layer: `dense/kernel`, `0.weight`. */
function isOf(parameter: Id, layer: Id): boolean {
  const name = String(parameter);
  return name === layer || name.startsWith(`${layer}/`) || name.startsWith(`${layer}.`);
}

const inOrder = new WeakMap<object, boolean>();

/** Whether ids are 0, 1, 2, ...: then the selection itself says which elements are bright. */
function areNumbersInOrder(values: ArrayLike<Id> & object): boolean {
  let known = inOrder.get(values);
  if (known === undefined) {
    known = true;
    for (let i = 0; i < values.length && known; i++) known = values[i] === i;
    inOrder.set(values, known);
  }
  return known;
}

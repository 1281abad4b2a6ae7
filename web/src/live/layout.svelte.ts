/** How the reader arranged the views: the same for all runs, kept in the browser. */

import { term } from '../words/term';
import { keep, readKept } from './kept';
import type { Entry } from './types';

export interface Arrangement {
  /** Views the reader moved, in their order. */
  order: readonly string[];
  pinned: readonly string[];
  names: Readonly<Record<string, string>>;
  /** Full width or half, where the reader said so. */
  wide: Readonly<Record<string, boolean>>;
}

const NONE: Arrangement = { order: [], pinned: [], names: {}, wide: {} };

class Layout {
  #kept = $state.raw<Arrangement>({ ...NONE, ...readKept<Partial<Arrangement>>('layout', {}) });

  get changed(): boolean {
    const { order, pinned, names, wide } = this.#kept;
    return order.length + pinned.length + Object.keys(names).length + Object.keys(wide).length > 0;
  }

  title(entry: Entry): string {
    return this.#kept.names[entry.id] || term(entry.title);
  }

  isPinned(id: string): boolean {
    return this.#kept.pinned.includes(id);
  }

  wide(id: string): boolean | undefined {
    return this.#kept.wide[id];
  }

  arrange(entries: readonly Entry[]): Entry[] {
    return arranged(entries, this.#kept);
  }

  pin(id: string): void {
    const pinned = this.isPinned(id)
      ? this.#kept.pinned.filter((one) => one !== id)
      : [...this.#kept.pinned, id];
    this.#change({ pinned });
  }

  rename(id: string, name: string): void {
    const { [id]: _, ...names } = this.#kept.names;
    this.#change({ names: name.trim() ? { ...names, [id]: name.trim() } : names });
  }

  resize(id: string, wide: boolean): void {
    this.#change({ wide: { ...this.#kept.wide, [id]: wide } });
  }

  /** Put a view before another one of those shown. */
  move(entries: readonly Entry[], id: string, to: number): void {
    const order = this.arrange(entries).map((entry) => entry.id).filter((one) => one !== id);
    order.splice(Math.max(0, Math.min(order.length, to)), 0, id);
    const elsewhere = this.#kept.order.filter((one) => !order.includes(one));
    this.#change({ order: [...elsewhere, ...order] });
  }

  /** Everything as it was at first; what is given takes that back. */
  reset(): () => void {
    const before = this.#kept;
    this.#change(NONE);
    return () => this.#change(before);
  }

  #change(changes: Partial<Arrangement>): void {
    this.#kept = { ...this.#kept, ...changes };
    keep('layout', this.#kept);
  }
}

/** Pinned views first, then those the reader moved, in the reader's order; others keep their place. */
export function arranged(entries: readonly Entry[], { order, pinned }: Arrangement): Entry[] {
  const placeOf = new Map(order.map((id, place) => [id, place]));
  const moved = entries.filter((entry) => placeOf.has(entry.id));
  moved.sort((one, other) => placeOf.get(one.id)! - placeOf.get(other.id)!);
  let next = 0;
  const inOrder = entries.map((entry) => (placeOf.has(entry.id) ? moved[next++]! : entry));
  const isPinned = (entry: Entry) => pinned.includes(entry.id);
  return [...inOrder.filter(isPinned), ...inOrder.filter((entry) => !isPinned(entry))];
}

export const layout = new Layout();

/** Sets of ids: of a lasso around a million samples as well as of a click. */

import { eachPiece } from '../chart/doubles';
import type { AnyArray } from '../data/types';

/** What an element stands for: a sample number, a layer name, ... */
export type Id = number | string;

/** Where an id stands among others; -1 if it is none of them. Arrays of numbers search themselves fastest. */
export function indexOfId(values: AnyArray['data'], id: Id): number {
  if (!ArrayBuffer.isView(values)) return values.indexOf(id as string);
  return typeof id === 'number' ? values.indexOf(id) : -1;
}

/** Larger ids are kept one by one: a flag for each number up to them would take too much. */
const LARGEST = 2 ** 25;

/** The set of some ids; of typed arrays of whole numbers it is made without looking at each by itself. */
export function idSet(ids: Iterable<Id>): ReadonlySet<Id> {
  if (ids instanceof WholeNumbers) return ids;
  if (ArrayBuffer.isView(ids)) return WholeNumbers.of(ids as unknown as ArrayLike<number>) ?? new Set(ids);
  return new Set(ids);
}

/** A set of numbers from 0 up, as one flag for each. */
export class WholeNumbers implements ReadonlySet<Id> {
  readonly size: number;
  readonly #flags: Uint8Array;

  private constructor(flags: Uint8Array, size: number) {
    this.#flags = flags;
    this.size = size;
  }

  /** Null where a number is negative, not whole, or too large. */
  static of(numbers: ArrayLike<number>): WholeNumbers | null {
    const whole = numbers instanceof Uint32Array ? numbers : wholeOf(numbers);
    if (!whole) return null;
    let largest = -1;
    for (let i = 0; i < whole.length; i++) if (whole[i]! > largest) largest = whole[i]!;
    if (largest > LARGEST) return null;
    const flags = new Uint8Array(largest + 1);
    let size = 0;
    for (let i = 0; i < whole.length; i++) {
      size += 1 - flags[whole[i]!]!;
      flags[whole[i]!] = 1;
    }
    return new WholeNumbers(flags, size);
  }

  has(id: Id): boolean {
    return typeof id === 'number' && this.#flags[id] === 1;
  }

  /** For each number below `count` whether it is in the set (1) or not (0). */
  flags(count: number): Uint8Array {
    const found = new Uint8Array(count);
    found.set(this.#flags.subarray(0, count));
    return found;
  }

  *values(): SetIterator<Id> {
    for (let at = this.#flags.indexOf(1); at >= 0; at = this.#flags.indexOf(1, at + 1)) yield at;
  }

  keys(): SetIterator<Id> {
    return this.values();
  }

  *entries(): SetIterator<[Id, Id]> {
    for (const id of this.values()) yield [id, id];
  }

  [Symbol.iterator](): SetIterator<Id> {
    return this.values();
  }

  forEach(visit: (id: Id, same: Id, set: ReadonlySet<Id>) => void): void {
    for (const id of this.values()) visit(id, id, this);
  }
}

/** The same numbers as one kind of them, if they can be. */
function wholeOf(numbers: ArrayLike<number>): Uint32Array | null {
  const whole = new Uint32Array(numbers.length);
  let areWhole = true;
  eachPiece(numbers, (piece, start, length) => {
    for (let i = 0; i < length; i++) {
      whole[start + i] = piece[i]!;
      areWhole &&= whole[start + i] === piece[i];
    }
  });
  return areWhole ? whole : null;
}

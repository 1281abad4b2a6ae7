/** Smallest and largest values of arrays, which decide the domain of an axis. */

import { eachPiece } from './doubles';
import type { Span } from './scale';

type Numbers = ArrayLike<number> & object;

/** What was found of values: the ends of those that count, and how many do. */
interface Scanned {
  ends: Span | null;
  count: number;
}

const plain = new WeakMap<Numbers, Scanned>();
const positive = new WeakMap<Numbers, Scanned>();

/** Ends of the finite values; of the positive ones only, for a log axis. Null if there are none. */
export function extentOf(values: Numbers, onlyPositive = false): Span | null {
  return scanned(values, onlyPositive).ends;
}

/** Whether no value is NaN or infinite. */
export function areFinite(values: Numbers): boolean {
  return scanned(values, false).count === values.length;
}

function scanned(values: Numbers, onlyPositive: boolean): Scanned {
  const cache = onlyPositive ? positive : plain;
  let found = cache.get(values);
  if (!found) cache.set(values, (found = scan(values, onlyPositive ? Number.MIN_VALUE : -Number.MAX_VALUE)));
  return found;
}

function scan(values: Numbers, least: number): Scanned {
  const ends: [number, number] = [Infinity, -Infinity];
  let count = 0;
  eachPiece(values, (piece, _, length) => {
    count += scanPiece(piece, length, least, ends);
  });
  return { ends: count ? ends : null, count };
}

function scanPiece(piece: Float64Array, length: number, least: number, ends: [number, number]): number {
  let [low, high] = ends;
  let count = 0;
  for (let i = 0; i < length; i++) {
    const value = piece[i]!;
    if (value < least || !(value < Infinity)) continue;
    count++;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  [ends[0], ends[1]] = [low, high];
  return count;
}

export function union(one: Span | null, other: Span | null): Span | null {
  if (!one || !other) return one ?? other;
  return [Math.min(one[0], other[0]), Math.max(one[1], other[1])];
}

/** Doubles end at 1.8e308 and 5e-324: beyond these, widths overflow, and parts of a width vanish. */
const LARGEST = 8e307;
const LEAST_WIDTH = 1e-300;

/** Room around the data, as a share of its width; a single value gets a domain around it. */
export function padded(span: Span | null, kind: 'linear' | 'log', share: number): Span {
  if (!span) return kind === 'log' ? [0.1, 10] : [0, 1];
  const [low, high] = span;
  if (kind === 'log') {
    const room = low === high ? 0.5 : share * Math.log10(high / low);
    return [low / 10 ** room, high * 10 ** room];
  }
  const [from, to] = [Math.max(low, -LARGEST), Math.min(high, LARGEST)];
  const width = to - from > LEAST_WIDTH ? to - from : 0;
  const around = Math.abs(from) * 0.1 > LEAST_WIDTH ? Math.abs(from) * 0.1 : 0.5;
  const room = width ? share * width : around;
  return [from - room, to + room];
}

const ascending = new WeakMap<Numbers, boolean>();

/** Whether values never decrease and hold no NaN, so that they can be searched by halving. */
export function isSorted(values: Numbers): boolean {
  let known = ascending.get(values);
  if (known === undefined) {
    known = true;
    for (let i = 1; i < values.length && known; i++) known = values[i]! >= values[i - 1]!;
    if (values.length === 1) known = !Number.isNaN(values[0]!);
    ascending.set(values, known);
  }
  return known;
}

/** First index of sorted values that is not below `value`. */
export function lowerBound(values: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the sorted value nearest to `value`; -1 for no values. */
export function nearestSorted(values: ArrayLike<number>, value: number): number {
  const after = lowerBound(values, value);
  if (after === 0) return values.length ? 0 : -1;
  if (after === values.length) return after - 1;
  return value - values[after - 1]! <= values[after]! - value ? after - 1 : after;
}

/** Which rows of a table are shown, and in what order. */

import type { AnyArray } from '../../data/types';
import { lazily } from '../../words/lazily';

export interface Sorting {
  column: string;
  descending: boolean;
}

const words = lazily(() => new Intl.Collator(undefined, { numeric: true }));

/** Row numbers in the order of a column; equal values keep their order, NaN comes last either way. */
export function sortRows(rows: readonly number[], column: AnyArray, descending: boolean): number[] {
  const compare = comparer(column);
  const direction = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const missing = Number(isMissing(column, a)) - Number(isMissing(column, b));
    return missing || direction * compare(a, b) || a - b;
  });
}

/** What the next click on a column's heading asks for: upwards, downwards, as given. */
export function nextSorting(current: Sorting | null, column: string): Sorting | null {
  if (current?.column !== column) return { column, descending: false };
  return current.descending ? null : { column, descending: true };
}

/** Where a cell's bar begins and ends, as fractions of the cell: from 0 to the value. */
export function barEnds(value: number, low: number, high: number): [number, number] {
  if (!Number.isFinite(value) || high <= low) return [0, 0];
  const zero = (0 - low) / (high - low);
  const end = (value - low) / (high - low);
  return [Math.min(zero, end), Math.max(zero, end)];
}

/** The finite range of a column, widened to hold zero. */
export function rangeWithZero(column: AnyArray): [number, number] {
  let low = 0;
  let high = 0;
  if (column.kind === 'string') return [low, high];
  for (const value of column.data) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function comparer(column: AnyArray): (a: number, b: number) => number {
  if (column.kind === 'string') return (a, b) => words().compare(column.data[a]!, column.data[b]!);
  const { data } = column;
  return (a, b) => (data[a]! < data[b]! ? -1 : data[a]! > data[b]! ? 1 : 0);
}

function isMissing(column: AnyArray, row: number): boolean {
  return column.kind !== 'string' && Number.isNaN(column.data[row]);
}

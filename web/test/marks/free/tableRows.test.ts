import { describe, expect, it } from 'vitest';
import type { AnyArray } from '../../../src/data/types';
import { barEnds, nextSorting, rangeWithZero, sortRows } from '../../../src/marks/free/tableRows';

const numbers = (...values: number[]): AnyArray => ({ kind: 'float', data: Float64Array.from(values), shape: [values.length] });
const texts = (...data: string[]): AnyArray => ({ kind: 'string', data, shape: [data.length] });
const all = (column: AnyArray) => [...column.data].map((_, row) => row);

describe('sorting', () => {
  it('orders numbers as numbers, infinities at the ends and NaN last, both ways', () => {
    const column = numbers(10, NaN, 9, -Infinity, Infinity, -1);
    expect(sortRows(all(column), column, false)).toEqual([3, 5, 2, 0, 4, 1]);
    expect(sortRows(all(column), column, true)).toEqual([4, 0, 2, 5, 3, 1]);
  });

  it('orders names with numbers as people do', () => {
    const column = texts('layer_10', 'layer_9', 'Layer_1');
    expect(sortRows(all(column), column, false)).toEqual([2, 1, 0]);
  });

  it('keeps the order of equal values, both ways', () => {
    const column = numbers(1, 0, 1, 0);
    expect(sortRows(all(column), column, false)).toEqual([1, 3, 0, 2]);
    expect(sortRows(all(column), column, true)).toEqual([0, 2, 1, 3]);
  });

  it('goes up, down, and back to how it was given', () => {
    const up = nextSorting(null, 'a');
    const down = nextSorting(up, 'a');
    expect([up, down, nextSorting(down, 'a'), nextSorting(down, 'b')]).toEqual([
      { column: 'a', descending: false },
      { column: 'a', descending: true },
      null,
      { column: 'b', descending: false },
    ]);
  });
});

describe('bars in cells', () => {
  it('reach from zero to the value', () => {
    expect(rangeWithZero(numbers(2, NaN, 4, Infinity))).toEqual([0, 4]);
    expect(barEnds(2, 0, 4)).toEqual([0, 0.5]);
    expect(barEnds(-1, -1, 3)).toEqual([0, 0.25]);
    expect(barEnds(3, -1, 3)).toEqual([0.25, 1]);
  });

  it('are absent where there is no length to show', () => {
    expect(barEnds(NaN, 0, 1)).toEqual([0, 0]);
    expect(barEnds(0, 0, 0)).toEqual([0, 0]);
    expect(rangeWithZero(numbers())).toEqual([0, 0]);
  });
});

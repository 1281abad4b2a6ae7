import { describe, expect, it } from 'vitest';

import { makeScale } from '../src/chart/scale';
import type { Frame } from '../src/chart/frame';
import type { Axis, Bars, Ids, Matrix } from '../src/data/types';
import * as bars from '../src/marks/cartesian/bars';
import * as matrix from '../src/marks/cartesian/matrix';
import { idsOf, idsOfAll } from '../src/state/selection.svelte';

const numbers = (values: number[], shape = [values.length]) => ({
  kind: 'float' as const,
  data: Float64Array.from(values),
  shape,
});

const axis: Axis = { type: 'axis', label: '', unit: '', scale: 'linear', domain: null, categories: [], integers: false };
const inks = { ink: '', soft: '', grid: '', axis: '', ground: '', accent: '' };

/** Ten pixels for each unit; y runs down. */
const frame: Frame = {
  x: makeScale('linear', [0, 10], [0, 100]),
  y: makeScale('linear', [0, 10], [0, 100]),
  plot: { left: 0, top: 0, width: 100, height: 100 },
  theme: 'light',
  inks,
  ratio: 1,
  xAxis: axis,
  yAxis: axis,
};

function box(left: number, top: number, right: number, bottom: number) {
  return [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ];
}

describe('a brush over a histogram', () => {
  const histogram: Bars = {
    type: 'bars', heights: numbers([1, 2, 3, 4, 5]), edges: numbers([0, 2, 4, 6, 8, 10]), label: '', tone: 0,
    tones: null, text: null, horizontal: false, ids: null,
  };

  it('takes every bar it touches, however high it is', () => {
    const slot = { index: 0, count: 1 };
    expect(bars.within(histogram, frame, box(25, 0, 55, 5), slot)).toEqual([1, 2]);
    expect(bars.within(histogram, frame, box(-10, 0, 500, 5), slot)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('a brush over a grid', () => {
  const grid: Matrix = {
    type: 'matrix', values: numbers([1, 2, 3, 4, 5, 6], [2, 3]), label: '', x: null, y: null, cells: null, ids: null, counted: null,
    color: { type: 'color_scale', kind: 'sequential', low: 0, high: 6, label: '', unit: '', integers: false },
  };

  it('takes the cells whose middles it spans', () => {
    // Middles lie at 0, 10, 20 across and 0, 10 down.
    expect(matrix.within(grid, frame, box(5, -5, 25, 5))).toEqual([1, 2]);
    expect(matrix.within(grid, frame, box(5, -5, 25, 15))).toEqual([1, 2, 4, 5]);
    expect(matrix.within(grid, frame, box(41, 41, 49, 49))).toEqual([]);
  });
});

describe('the ids of many elements', () => {
  const ids = (values: number[], elements: number[] | null): Ids => ({
    type: 'ids', kind: 'sample', values: numbers(values), elements: elements && numbers(elements),
  });

  it.each([
    ['one id for each element', ids([7, 8, 9], null)],
    ['many ids for an element', ids([1, 2, 3, 4, 5], [0, 2, 1, 0, 2])],
    ['one id for all', ids([4], null)],
  ])('are those of each of them: %s', (_, held) => {
    const one = (elements: number[]) => [...new Set(elements.flatMap((each) => idsOf(held, each)))].sort();
    for (const elements of [[0], [0, 2], [1, 2], []]) {
      expect([...new Set(idsOfAll(held, elements))].sort()).toEqual(one(elements));
    }
  });
});

import { describe, expect, it } from 'vitest';

import type { Matrix } from '../src/data/types';
import { cellAt, cellsOfPixels, edges, extremeOf, readable, runsDown } from '../src/marks/cartesian/matrix';

function numbers(values: number[], shape = [values.length]) {
  return { kind: 'float' as const, data: Float64Array.from(values), shape };
}

function grid(values: number[], shape: number[], kind: 'sequential' | 'signed' = 'sequential'): Matrix {
  return {
    type: 'matrix',
    values: numbers(values, shape),
    color: { type: 'color_scale', kind, low: -1, high: 1, label: '', unit: '' },
    label: '',
    x: null,
    y: null,
    cells: null,
    ids: null,
  };
}

describe('edges', () => {
  it('lie half way between positions', () => {
    expect([...edges(null, 3)]).toEqual([-0.5, 0.5, 1.5, 2.5]);
    expect([...edges(numbers([0, 10, 40]), 3)]).toEqual([-5, 5, 25, 55]);
    expect([...edges(numbers([7]), 1)]).toEqual([6.5, 7.5]);
  });
});

describe('cellsOfPixels', () => {
  it('gives every pixel the cell at its centre', () => {
    const pairs = cellsOfPixels(Float64Array.from([0, 2, 4]), 0, 4, 1);
    expect([...pairs]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it('gives a pixel all cells that are thinner than it', () => {
    const borders = Float64Array.from({ length: 9 }, (_, i) => i / 4);
    expect([...cellsOfPixels(borders, 0, 2, 1)]).toEqual([0, 3, 4, 7]);
  });

  it('leaves no cell out, however many there are', () => {
    const borders = Float64Array.from({ length: 1001 }, (_, i) => (i * 333) / 1000);
    const pairs = cellsOfPixels(borders, 0, 333, 1);
    const seen = new Set<number>();
    for (let p = 0; p < 333; p++) for (let c = pairs[2 * p]!; c <= pairs[2 * p + 1]!; c++) seen.add(c);
    expect(seen.size).toBe(1000);
  });

  it('runs either way', () => {
    expect([...cellsOfPixels(Float64Array.from([4, 2, 0]), 0, 4, 1)]).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
  });
});

describe('cellAt', () => {
  it('finds cells of rising and falling borders', () => {
    expect([-1, 0, 1, 3, 4.5].map((at) => cellAt(Float64Array.from([0, 2, 4]), at))).toEqual([-1, 0, 0, 1, -1]);
    expect([0.5, 3.5].map((at) => cellAt(Float64Array.from([4, 2, 0]), at))).toEqual([1, 0]);
  });
});

describe('extremeOf', () => {
  it('keeps the largest value, or that of largest magnitude', () => {
    const values = [1, -9, 3, NaN];
    expect(extremeOf(grid(values, [2, 2]), [0, 1, 0, 1])).toBe(3);
    expect(extremeOf(grid(values, [2, 2], 'signed'), [0, 1, 0, 1])).toBe(-9);
  });

  it('is NaN only where all cells are', () => {
    expect(extremeOf(grid([NaN, NaN, NaN, 2], [2, 2]), [0, 1, 0, 1])).toBe(2);
    expect(extremeOf(grid([NaN, NaN], [1, 2]), [0, 0, 0, 1])).toBeNaN();
  });

  it('keeps minus infinity where there is nothing else', () => {
    expect(extremeOf(grid([-Infinity, NaN], [1, 2]), [0, 0, 0, 1])).toBe(-Infinity);
  });
});

describe('runsDown', () => {
  it('puts the first row at the top', () => {
    expect(runsDown(grid([1, 2], [2, 1]))).toBe(true);
    expect(runsDown({ ...grid([1, 2], [2, 1]), y: numbers([5, 9]) })).toBe(true);
    expect(runsDown({ ...grid([1, 2], [2, 1]), y: numbers([9, 5]) })).toBe(false);
  });
});

describe('readable', () => {
  it('writes black on light and white on dark', () => {
    expect(readable([253, 231, 37])).toBe('#000000');
    expect(readable([68, 1, 84])).toBe('#ffffff');
  });
});

import { describe, expect, it } from 'vitest';

import { extentOf, isSorted, lowerBound, nearestSorted, padded, union } from '../src/chart/extent';

describe('extentOf', () => {
  it('spans the finite values', () => {
    expect(extentOf([3, NaN, -1, Infinity, 2, -Infinity])).toEqual([-1, 3]);
  });

  it('spans the positive ones for a log axis', () => {
    expect(extentOf([0, -5, 0.1, 20], true)).toEqual([0.1, 20]);
    expect(extentOf([0, -5], true)).toBeNull();
  });

  it('says when there is nothing', () => {
    expect(extentOf([])).toBeNull();
    expect(extentOf([NaN])).toBeNull();
  });
});

describe('padded', () => {
  it('adds a share of the width on both sides', () => {
    expect(padded([0, 10], 'linear', 0.1)).toEqual([-1, 11]);
    const [low, high] = padded([1, 100], 'log', 0.5);
    expect(low).toBeCloseTo(0.1);
    expect(high).toBeCloseTo(1000);
  });

  it('makes room around a single value', () => {
    expect(padded([0, 0], 'linear', 0.1)).toEqual([-0.5, 0.5]);
    expect(padded([10, 10], 'linear', 0.1)).toEqual([9, 11]);
    expect(padded(null, 'linear', 0.1)).toEqual([0, 1]);
  });
});

describe('searching', () => {
  it('finds the nearest of sorted values', () => {
    const values = [0, 1, 4, 9];
    expect([-5, 0.4, 0.6, 3, 6.4, 6.6, 99].map((v) => nearestSorted(values, v))).toEqual([
      0, 0, 1, 2, 2, 3, 3,
    ]);
    expect(nearestSorted([], 1)).toBe(-1);
    expect(lowerBound(values, 4)).toBe(2);
  });

  it('knows sorted values', () => {
    expect(isSorted([1, 1, 2])).toBe(true);
    expect(isSorted([1, 0])).toBe(false);
    expect(isSorted([1, NaN, 2])).toBe(false);
    expect(isSorted([NaN])).toBe(false);
    expect(isSorted([])).toBe(true);
  });
});

describe('union', () => {
  it('spans both, and ignores what is missing', () => {
    expect(union([0, 2], [1, 5])).toEqual([0, 5]);
    expect(union(null, [1, 5])).toEqual([1, 5]);
    expect(union(null, null)).toBeNull();
  });
});

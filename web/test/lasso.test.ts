import { describe, expect, it } from 'vitest';

import { isInside, pointsInside } from '../src/chart/lasso';

const square = [
  { x: 0, y: 0 },
  { x: 4, y: 0 },
  { x: 4, y: 4 },
  { x: 0, y: 4 },
];
/** A square with a bite taken out of its right side. */
const bitten = [
  { x: 0, y: 0 },
  { x: 4, y: 0 },
  { x: 1, y: 2 },
  { x: 4, y: 4 },
  { x: 0, y: 4 },
];

describe('isInside', () => {
  it('tells inside from outside', () => {
    expect(isInside(square, 2, 2)).toBe(true);
    expect(isInside(square, 5, 2)).toBe(false);
    expect(isInside(square, -1, 2)).toBe(false);
    expect(isInside(square, 2, 9)).toBe(false);
  });

  it('follows hollows', () => {
    expect(isInside(bitten, 3, 2)).toBe(false);
    expect(isInside(bitten, 0.5, 2)).toBe(true);
    expect(isInside(bitten, 3, 0.3)).toBe(true);
  });

  it('counts the inner star of a pentagram as outside', () => {
    const star = [0, 2, 4, 1, 3].map((k) => ({
      x: Math.sin((2 * Math.PI * k) / 5),
      y: Math.cos((2 * Math.PI * k) / 5),
    }));
    expect(isInside(star, 0, 0)).toBe(false);
    expect(isInside(star, 0, 0.7)).toBe(true);
  });

  it('gives the area of a circle', () => {
    const circle = Array.from({ length: 200 }, (_, i) => ({
      x: 50 + 40 * Math.cos((2 * Math.PI * i) / 200),
      y: 50 + 40 * Math.sin((2 * Math.PI * i) / 200),
    }));
    const found = pointsInside(circle, 10_000, (i) => (i % 100) + 0.5, (i) => Math.floor(i / 100) + 0.5);
    expect(Math.abs(found.length - Math.PI * 40 ** 2)).toBeLessThan(30);
  });
});

describe('pointsInside', () => {
  it('leaves out points without a place', () => {
    expect(pointsInside(square, 3, (i) => [1, NaN, 2][i]!, () => 1)).toEqual([0, 2]);
  });
});

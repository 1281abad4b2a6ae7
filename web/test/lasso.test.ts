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

describe('many points', () => {
  it('are told inside or outside as each of them would be alone', () => {
    // A star that crosses itself, so that the even-odd rule matters.
    const star = Array.from({ length: 5 }, (_, i) => ({
      x: 100 + 90 * Math.sin((i * 4 * Math.PI) / 5),
      y: 100.3 - 90 * Math.cos((i * 4 * Math.PI) / 5),
    }));
    let seed = 1;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const points = Array.from({ length: 20_000 }, () => ({ x: 200 * random(), y: 200 * random() }));
    const found = pointsInside(star, points.length, (i) => points[i]!.x, (i) => points[i]!.y);
    const expected = points.flatMap(({ x, y }, i) => (isInside(star, x, y) ? [i] : []));
    expect(found).toEqual(expected);
    expect(found.length).toBeGreaterThan(1000);
  });
});

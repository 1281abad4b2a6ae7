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
    const x = Float64Array.from({ length: 10_000 }, (_, i) => (i % 100) + 0.5);
    const y = Float64Array.from({ length: 10_000 }, (_, i) => Math.floor(i / 100) + 0.5);
    const found = pointsInside(circle, x, y);
    expect(Math.abs(found.length - Math.PI * 40 ** 2)).toBeLessThan(30);
  });
});

describe('pointsInside', () => {
  it('leaves out points without a place', () => {
    const found = pointsInside(square, Float64Array.of(1, NaN, 2, 3), Float64Array.of(1, 1, 1, Infinity));
    expect([...found]).toEqual([0, 2]);
  });
});

describe('many points', () => {
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;

  /** A star that crosses itself, so that the even-odd rule matters. */
  const star = Array.from({ length: 5 }, (_, i) => ({
    x: 100 + 90 * Math.sin((i * 4 * Math.PI) / 5),
    y: 100.3 - 90 * Math.cos((i * 4 * Math.PI) / 5),
  }));
  /** What a hand draws: many corners, some of them in the same place, lines that lie and stand. */
  const drawn = Array.from({ length: 300 }, (_, i) => ({
    x: Math.round(100 + (60 + 30 * random()) * Math.cos((2 * Math.PI * i) / 300)),
    y: Math.round(100 + (60 + 30 * random()) * Math.sin((2 * Math.PI * i) / 300)),
  }));
  const sliver = [
    { x: 20.2, y: 50.7 },
    { x: 180.9, y: 50.7001 },
    { x: 20.2, y: 50.9 },
  ];

  it.each([
    ['a star', star],
    ['a drawn outline', drawn],
    ['a box', square.map(({ x, y }) => ({ x: 10 + 40 * x, y: 10 + 40 * y }))],
    ['a sliver', sliver],
  ])('in %s are told inside or outside as each of them would be alone', (_, outline) => {
    const count = 50_000;
    // Half of them on whole pixels, where the borders of the raster are.
    const place = (i: number) => (i % 2 ? 200 * random() : Math.round(200 * random()));
    const x = Float64Array.from({ length: count }, (_, i) => place(i));
    const y = Float64Array.from({ length: count }, (_, i) => (i % 5 ? place(i) : 50.7 + 0.2 * random()));
    const expected = Array.from(x.keys()).filter((i) => isInside(outline, x[i]!, y[i]!));
    expect([...pointsInside(outline, x, y)]).toEqual(expected);
    expect(expected.length).toBeGreaterThan(20);
  });
});

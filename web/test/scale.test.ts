import { describe, expect, it } from 'vitest';

import { between, isUsable, makeScale, panned, zoomed } from '../src/chart/scale';

describe('makeScale', () => {
  it('maps the domain onto the range, and back', () => {
    const scale = makeScale('linear', [10, 30], [100, 300]);
    expect(scale.at(10)).toBe(100);
    expect(scale.at(20)).toBe(200);
    expect(scale.invert(250)).toBe(25);
  });

  it('gives every decade of a log scale the same length', () => {
    const scale = makeScale('log', [0.01, 100], [400, 0]);
    expect([0.01, 0.1, 1, 10, 100].map(scale.at)).toEqual([400, 300, 200, 100, 0]);
    expect(scale.invert(150)).toBeCloseTo(10 ** 0.5, 12);
  });

  it('has no place for zero or less on a log scale', () => {
    const scale = makeScale('log', [1, 10], [0, 100]);
    expect(Number.isFinite(scale.at(0))).toBe(false);
    expect(Number.isFinite(scale.at(-1))).toBe(false);
  });
});

describe('zooming', () => {
  for (const kind of ['linear', 'log'] as const) {
    it(`keeps the value under the pointer in place on a ${kind} scale`, () => {
      const before = makeScale(kind, [1, 1000], [0, 600]);
      const domain = zoomed(before, 0.5, 150);
      const after = makeScale(kind, domain, [0, 600]);
      expect(after.at(before.invert(150))).toBeCloseTo(150, 8);
    });
  }

  it('is undone by the inverse factor', () => {
    const scale = makeScale('linear', [-2, 6], [0, 100]);
    const closer = makeScale('linear', zoomed(scale, 0.25, 40), [0, 100]);
    const [low, high] = zoomed(closer, 4, 40);
    expect(low).toBeCloseTo(-2, 10);
    expect(high).toBeCloseTo(6, 10);
  });

  it('moves the content with a drag', () => {
    const scale = makeScale('linear', [0, 10], [0, 100]);
    expect(panned(scale, 20)).toEqual([-2, 8]);
  });

  it('reads a box in the direction of the axis', () => {
    const up = makeScale('linear', [0, 10], [100, 0]);
    expect(between(up, 20, 60)).toEqual([4, 8]);
    const down = makeScale('category', [-0.5, 9.5], [0, 100]);
    expect(between(down, 60, 20)).toEqual([1.5, 5.5]);
  });

  it('stops where numbers run out', () => {
    expect(isUsable([1, 1 + 1e-6])).toBe(true);
    expect(isUsable([1, 1 + 1e-15])).toBe(false);
    expect(isUsable([NaN, 1])).toBe(false);
  });
});

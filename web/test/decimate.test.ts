import { describe, expect, it } from 'vitest';

import { thin } from '../src/chart/decimate';

/** A small seeded generator (mulberry32), so that the test is the same every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function kept(x: number[], y: number[], columns: number, low = x[0]!, high = x.at(-1)!): number[] {
  const columnOf = (value: number) => ((value - low) / (high - low)) * columns;
  return thin(x, y, low, high, columnOf);
}

describe('thin', () => {
  const next = random(1);
  const n = 10_000;
  const x = Array.from({ length: n }, (_, i) => i);
  const y = Array.from({ length: n }, () => next());

  it('keeps the extremes, the first and the last of every column', () => {
    const columns = 50;
    const indices = new Set(kept(x, y, columns));
    const columnOf = (i: number) => Math.floor((i / (n - 1)) * columns);
    for (let column = 0; column < columns; column++) {
      const members = x.filter((i) => columnOf(i) === column);
      const ys = members.map((i) => y[i]!);
      const lowest = members[ys.indexOf(Math.min(...ys))]!;
      const highest = members[ys.indexOf(Math.max(...ys))]!;
      for (const index of [members[0]!, lowest, highest, members.at(-1)!]) {
        expect(indices.has(index)).toBe(true);
      }
    }
  });

  it('keeps at most four points per column, in order', () => {
    const indices = kept(x, y, 50);
    expect(indices.length).toBeLessThanOrEqual(4 * 51);
    expect([...indices].sort((a, b) => a - b)).toEqual(indices);
    expect(new Set(indices).size).toBe(indices.length);
  });

  it('keeps everything where points are few', () => {
    expect(kept([0, 1, 2, 3], [3, 1, 2, 0], 100)).toEqual([0, 1, 2, 3]);
  });

  it('keeps one point beyond each end of what is seen', () => {
    expect(kept([0, 1, 2, 3, 4, 5], [0, 0, 0, 0, 0, 0], 100, 1.5, 3.5)).toEqual([1, 2, 3, 4]);
  });

  it('keeps every kind of value that is no number', () => {
    const broken = y.map((value, i) => (i === 5000 ? NaN : i === 5001 ? Infinity : value));
    const indices = kept(x, broken, 20);
    expect(indices).toContain(5000);
    expect(indices).toContain(5001);
  });

  it('keeps the spike beside a gap in one column', () => {
    const values = Array.from({ length: 100 }, (_, i) => (i === 40 ? NaN : i === 60 ? 9 : 0));
    const positions = Array.from({ length: 100 }, (_, i) => i / 100);
    const found = thin(positions, values, 0, 1, () => 0);
    expect(found).toContain(40);
    expect(found).toContain(60);
    expect(found.length).toBeLessThan(12);
  });

  it('gives nothing for nothing', () => {
    expect(thin([], [], 0, 1, (value) => value)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';

import { densityImage } from '../src/chart/density';
import { Placed } from '../src/chart/placed';
import { makeScale, pixelsOf } from '../src/chart/scale';

let seed = 7;
const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;

describe('pixelsOf', () => {
  it.each(['linear', 'log'] as const)('places every value where a %s scale does', (kind) => {
    const scale = makeScale(kind, [0.5, 700], [431, 12]);
    const values = Float32Array.of(-1, 0, 0.5, 3, 700, 1e9, NaN, Infinity, -Infinity);
    expect([...pixelsOf(scale, values)]).toEqual(Array.from(values, (value) => scale.at(value)));
  });
});

describe('the nearest point', () => {
  const plot = { left: 40, top: 30, width: 300, height: 200 };
  const count = 5000;
  const x = Float64Array.from({ length: count }, (_, i) => (i % 97 ? 400 * random() : NaN));
  const y = Float64Array.from({ length: count }, () => 300 * random());
  const placed = new Placed(x, y, plot);

  it('is that of looking at all of them', () => {
    for (let turn = 0; turn < 300; turn++) {
      const [px, py] = [40 + 300 * random(), 30 + 200 * random()];
      const isShown = (i: number) => turn % 3 > 0 || i % 50 === 0;
      const near = [...x.keys()].filter((i) => isShown(i) && Math.hypot(x[i]! - px, y[i]! - py) < 18);
      near.sort((a, b) => Math.hypot(x[a]! - px, y[a]! - py) - Math.hypot(x[b]! - px, y[b]! - py));
      expect(placed.nearest(px, py, 18, isShown)).toBe(near[0] ?? -1);
    }
  });

  it('is the first of those in the same place, and within reach', () => {
    const twice = new Placed(Float64Array.of(90, 60, 60), Float64Array.of(90, 60, 60), plot);
    expect(twice.nearest(61, 60, 18, () => true)).toBe(1);
    expect(twice.nearest(200, 60, 18, () => true)).toBe(-1);
    expect(twice.nearest(78, 60, 18, () => true)).toBe(-1);
  });
});

describe('density', () => {
  // Node has no ImageData; the page's own is tested in the browser.
  const before = globalThis.ImageData;
  const image = (bright: Uint8Array | null, hidden = new Set<number>(), rows = [[200, 0, 100], [0, 100, 0]]) => {
    globalThis.ImageData = class {
      data: Uint8ClampedArray;
      constructor(width: number, height: number) {
        this.data = new Uint8ClampedArray(4 * width * height);
      }
    } as unknown as typeof ImageData;
    const [x, y] = [Float64Array.of(10.2, 10.9, 11.5, -5, NaN), Float64Array.of(20, 20.5, 20, 20, 20)];
    const grid = { left: 10, top: 20, ratio: 1, width: 2, height: 1 };
    const scale = makeScale('linear', [0, 100], [0, 100]);
    const cloud = { x, y, across: scale, down: scale };
    const made = densityImage(cloud, grid, { rows, index: Uint16Array.of(0, 1, 1, 0, 0) }, bright, hidden);
    globalThis.ImageData = before;
    return [...made.data];
  };

  it('mixes the colours of the points of a pixel, and is the more opaque the more they are', () => {
    const [red, green, blue, alpha, ...next] = image(null);
    expect([red, green, blue]).toEqual([100, 50, 50]);
    expect(next.slice(0, 3)).toEqual([0, 100, 0]);
    expect(alpha).toBeGreaterThan(next[3]!);
  });

  it('counts points of one colour as those of several', () => {
    const two = [[200, 0, 100], [200, 0, 100]];
    for (const bright of [null, Uint8Array.of(1, 0, 0, 1, 1), Uint8Array.of(1, 1, 0, 1, 1)]) {
      expect(image(bright, new Set(), [two[0]!])).toEqual(image(bright, new Set(), two));
    }
  });

  it('shows those that are dimmed only faintly', () => {
    const [red, green, , alpha, , , , next] = image(Uint8Array.of(1, 0, 0, 0, 0));
    expect(red).toBeGreaterThan(190);
    expect(green).toBeLessThan(10);
    expect(next).toBeLessThan(0.25 * alpha!);
  });

  it('leaves out what is switched off', () => {
    expect(image(null, new Set([1]))).toEqual([200, 0, 100, image(null)[7], 0, 0, 0, 0]);
  });
});

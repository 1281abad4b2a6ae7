import { describe, expect, it } from 'vitest';

import { fullDomains } from '../../../src/chart/scene';
import type { AnyArray, Axis, NumberArray, Panel, Points, Points3D } from '../../../src/data/types';
import { between, MOST_POINTS, wayOf } from '../../../src/marks/motion/between';
import { boxOf } from '../../../src/marks/space/turning';

const numbers = (data: number[]): NumberArray => ({ kind: 'float', data: Float64Array.from(data), shape: [data.length] });
const ints = (data: number[]): NumberArray => ({ kind: 'int', data: Int32Array.from(data), shape: [data.length] });

const axis = (scale: Axis['scale'] = 'linear'): Axis => ({
  type: 'axis', label: 'u', unit: '', scale, domain: null, categories: [], integers: false,
});

interface Given {
  ids?: AnyArray;
  kind?: string;
  scale?: Axis['scale'];
}

function points(x: number[], y: number[], { ids = ints(x.map((_, i) => i)), kind = 'sample' }: Given = {}): Points {
  return {
    type: 'points', x: numbers(x), y: numbers(y), label: '', tone: 0, color: null, text: null, thumbnails: null, size: 4,
    ids: { type: 'ids', kind, values: ids, elements: null },
  };
}

function flat(x: number[], y: number[], given: Given = {}): Panel {
  return { type: 'panel', marks: [points(x, y, given)], x: axis(given.scale), y: axis(given.scale), title: '', note: '' };
}

function space(x: number[], y: number[], z: number[]): Panel {
  const mark: Points3D = { ...points(x, y), type: 'points3d', z: numbers(z), axes: ['u', 'v', 'w'] };
  return { type: 'panel', marks: [mark], x: null, y: null, title: '', note: '' };
}

const placesOf = (panel: Panel) => {
  const { x, y } = panel.marks[0] as Points;
  return [...x.data].map((value, i) => [value, y.data[i]]);
};

describe('a panel between two others', () => {
  it('begins where the points were, ends where they are, and is halfway in the middle', () => {
    const [from, to] = [flat([0, 4], [0, 8]), flat([2, 10], [6, 8])];
    const way = wayOf(from, to)!;
    expect(placesOf(between(way, 0))).toEqual(placesOf(from));
    expect(placesOf(between(way, 1))).toEqual(placesOf(to));
    expect(placesOf(between(way, 0.5))).toEqual([[1, 3], [7, 8]]);
  });

  it('has axes that begin as the one picture and end as the other', () => {
    const [from, to] = [flat([0, 4], [0, 8]), flat([200, 1000], [6, 8])];
    const way = wayOf(from, to)!;
    const x = (panel: Panel) => fullDomains(panel, []).x;
    expect(x(between(way, 0))).toEqual(x(from));
    expect(x(between(way, 1))).toEqual(x(to));
  });

  it('never loses a point out of sight on the way', () => {
    const random = (seed: number) => Array.from({ length: 40 }, (_, i) => Math.sin(seed * 97.3 + i * 12.7) * (seed + 1) ** 2);
    const way = wayOf(flat(random(1), random(2)), flat(random(5), random(9)))!;
    for (let share = 0; share <= 1; share += 0.05) {
      const panel = between(way, share);
      const { x, y } = fullDomains(panel, []);
      for (const [px, py] of placesOf(panel)) {
        expect(px).toBeGreaterThanOrEqual(x[0]);
        expect(px).toBeLessThanOrEqual(x[1]);
        expect(py).toBeGreaterThanOrEqual(y[0]);
        expect(py).toBeLessThanOrEqual(y[1]);
      }
    }
  });

  it('knows points by their ids, and shows new ones at their place', () => {
    const from = flat([1, 2, 3], [0, 0, 0], { ids: ints([7, 8, 9]) });
    const to = flat([13, 11, 50], [0, 0, 5], { ids: ints([9, 7, 3]) });
    expect(placesOf(between(wayOf(from, to)!, 0))).toEqual([[3, 0], [1, 0], [50, 5]]);
    const texts = (data: string[]): AnyArray => ({ kind: 'string', data, shape: [data.length] });
    const named = wayOf(flat([1, 2], [0, 0], { ids: texts(['a', 'b']) }), flat([5, 6], [0, 0], { ids: texts(['b', 'c']) }))!;
    expect(placesOf(between(named, 0))).toEqual([[2, 0], [6, 0]]);
  });

  it('leaves what has no place in one of the pictures where it is in the other', () => {
    const way = wayOf(flat([NaN, 1, 2], [0, 0, 0]), flat([5, NaN, 8], [0, 0, 0]))!;
    expect(placesOf(between(way, 0))).toEqual([[5, 0], [NaN, 0], [2, 0]]);
  });

  it('goes on from where the points are when it is interrupted', () => {
    const way = wayOf(flat([0, 1], [0, 1]), flat([10, 1], [0, 1]))!;
    const halfway = between(way, 0.5);
    const on = wayOf(halfway, flat([-10, 1], [0, 1]))!;
    const start = between(on, 0);
    expect(placesOf(start)).toEqual(placesOf(halfway));
    expect(fullDomains(start, []).x).toEqual(fullDomains(halfway, []).x);
  });

  it('in space moves the box as well', () => {
    const way = wayOf(space([0, 2], [0, 2], [0, 2]), space([0, 6], [0, 2], [4, 6]))!;
    const middle = between(way, 0.5).marks[0] as Points3D;
    expect([...middle.z.data]).toEqual([2, 4]);
    expect(boxOf(middle)).toMatchObject({ middle: [2, 1, 3], half: [2, 1, 1], unit: 2 });
  });
});

describe('nothing moves', () => {
  const from = flat([0, 4], [0, 8]);

  it.each([
    ['where all points stay', flat([0, 4], [0, 8])],
    ['to points of other things', flat([1, 2], [1, 2], { kind: 'run' })],
    ['to points that are all new', flat([1, 2], [1, 2], { ids: ints([10, 11]) })],
    ['on logarithmic axes', flat([1, 2], [1, 2], { scale: 'log' })],
    ['into space', space([1, 2], [1, 2], [1, 2])],
    ['to what has no finite value', flat([NaN, NaN], [1, 2])],
    ['to a picture of something else', { ...from, marks: [] }],
  ])('%s', (_, to) => expect(wayOf(from, to)).toBeNull());

  it('among more points than can be drawn so fast', () => {
    const many = (shift: number) => {
      const x = Array.from({ length: MOST_POINTS + 1 }, (_, i) => i + shift);
      return flat(x, x);
    };
    expect(wayOf(many(0), many(1))).toBeNull();
  });
});

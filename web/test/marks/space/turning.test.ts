import { describe, expect, it } from 'vitest';

import type { NumberArray, Points3D } from '../../../src/data/types';
import { axisEdges } from '../../../src/marks/space/paint';
import {
  FIRST_EYE, boxOf, closer, fromFarToNear, lensOf, nearest, placeOf, rotationOf, see, turnedBy,
} from '../../../src/marks/space/turning';

const numbers = (data: number[]): NumberArray => ({ kind: 'float', data: Float64Array.from(data), shape: [data.length] });

function points(x: number[], y: number[], z: number[]): Points3D {
  return {
    type: 'points3d', x: numbers(x), y: numbers(y), z: numbers(z), axes: ['x', 'y', 'z'], label: '', tone: 0,
    color: null, text: null, thumbnails: null, size: 4, ids: null,
  };
}

const EYES = [FIRST_EYE, { ...FIRST_EYE, azimuth: 135, elevation: -40 }, { ...FIRST_EYE, azimuth: 0, elevation: 0 }];

describe('the eye', () => {
  it('turns without stretching: rows are at right angles and of length one', () => {
    for (const eye of EYES) {
      const r = rotationOf(eye);
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) {
          const dot = [0, 1, 2].reduce((sum, k) => sum + r[3 * i + k]! * r[3 * j + k]!, 0);
          expect(dot).toBeCloseTo(i === j ? 1 : 0, 12);
        }
      }
    }
  });

  it('comes around, but never over the top', () => {
    expect(turnedBy(FIRST_EYE, 360, 0).azimuth).toBeCloseTo(-60);
    expect(turnedBy(FIRST_EYE, -150, 0).azimuth).toBeCloseTo(150);
    expect(turnedBy(FIRST_EYE, 0, 400).elevation).toBe(89);
    expect(closer(FIRST_EYE, 1e9).zoom).toBe(40);
  });
});

describe('the box', () => {
  it('leaves out and counts what has no place', () => {
    const box = boxOf(points([0, 4, NaN, 1], [0, 2, 9, Infinity], [1, 3, 9, 9]));
    expect(box).toEqual({ middle: [2, 1, 2], half: [2, 1, 1], unit: 2, empty: false, lost: 2 });
  });

  it('of one place has room around it, and of none is empty', () => {
    expect(boxOf(points([7], [8], [9])).half).toEqual([1, 1, 1]);
    expect(boxOf(points([NaN], [1], [1])).empty).toBe(true);
    expect(boxOf(points([], [], [])).empty).toBe(true);
  });
});

describe('a picture of points', () => {
  const mark = points([1, -1, 0, 0, NaN], [0, 0, 1, -1, 0], [0, 0, 0, 0, 0]);

  it('has right to the right and up upwards, seen along the second axis', () => {
    // From azimuth -90 the first axis points right; the third one up.
    const lens = lensOf(boxOf(mark), { ...FIRST_EYE, azimuth: -90, elevation: 0 }, 400, 300);
    const [x, y, depth] = placeOf(lens, 1, 0, 0);
    expect(x - 200).toBeCloseTo(lens.scale);
    expect(y).toBeCloseTo(150);
    expect(depth).toBeCloseTo(0);
    expect(placeOf(lens, 0, 0, 1)[1]).toBeCloseTo(150 - lens.scale);
    expect(placeOf(lens, 0, -1, 0)[2]).toBeGreaterThan(0);
  });

  it('in perspective shows what is near larger', () => {
    const eye = { ...FIRST_EYE, azimuth: -90, elevation: 0, perspective: true };
    const lens = lensOf(boxOf(mark), eye, 400, 300);
    const near = placeOf(lens, 1, -1, 0)[0] - 200;
    const far = placeOf(lens, 1, 1, 0)[0] - 200;
    expect(near / far).toBeCloseTo((5 + 1) / (5 - 1), 6);
  });

  it('orders by depth, and leaves out what has no place', () => {
    const seen = see(mark, lensOf(boxOf(mark), { ...FIRST_EYE, azimuth: -90, elevation: 0 }, 400, 300));
    const order = [...fromFarToNear(seen)];
    expect(order).toHaveLength(4);
    expect(order[0]).toBe(2);
    expect(order[3]).toBe(3);
  });

  it('gives the nearest point to a pixel, and of two at one place the one in front', () => {
    const seen = see(mark, lensOf(boxOf(mark), { ...FIRST_EYE, azimuth: -90, elevation: 0 }, 400, 300));
    expect(nearest(seen, seen.x[0]! + 2, seen.y[0]!, 10, () => true)).toBe(0);
    expect(nearest(seen, 200, 150, 10, () => true)).toBe(3);
    expect(nearest(seen, 200, 150, 10, (i) => i !== 3)).toBe(2);
    expect(nearest(seen, 200, 290, 10, () => true)).toBe(-1);
  });

  it('carries its axes on edges that run along them', () => {
    const corners = [-1, 1].flatMap((x) => [-1, 1].flatMap((y) => [-1, 1].map((z) => [x, y, z])));
    const lens = lensOf(boxOf(points([-1, 1], [-1, 1], [-1, 1])), FIRST_EYE, 400, 300);
    const placed = corners.map(([x, y, z]) => placeOf(lens, x!, y!, z!));
    axisEdges(placed).forEach(([low, high], axis) => {
      const differing = [0, 1, 2].filter((side) => corners[low]![side] !== corners[high]![side]);
      expect(differing).toEqual([axis]);
      expect(corners[low]![axis]).toBe(-1);
    });
  });
});

import { describe, expect, it } from 'vitest';

import type { Layer } from '../src/chart/paint';
import { makeScale } from '../src/chart/scale';
import type { Scene } from '../src/chart/scene';
import { boxBetween, stretch, walk } from '../src/chart/walk';
import type { Axis, Points } from '../src/data/types';

const axis: Axis = { type: 'axis', label: '', unit: '', scale: 'linear', domain: null, categories: [], integers: false };

/** Ten pixels for each unit; y runs down. */
const scene = {
  frame: {
    x: makeScale('linear', [0, 10], [0, 100]),
    y: makeScale('linear', [0, 10], [0, 100]),
    plot: { left: 0, top: 0, width: 100, height: 100 },
    theme: 'light',
    inks: { ink: '', soft: '', grid: '', axis: '', ground: '', accent: '' },
    ratio: 1,
    xAxis: axis,
    yAxis: axis,
  },
  lower: null,
} as unknown as Scene;

const numbers = (values: number[]) => ({ kind: 'float' as const, data: Float64Array.from(values), shape: [values.length] });

function scatter(x: number[], y: number[], hiddenClasses = new Set<number>(), codes: number[] | null = null): Layer[] {
  const color = codes && { type: 'categories', codes: numbers(codes), names: ['a', 'b'], label: '' };
  const mark = { type: 'points', x: numbers(x), y: numbers(y), label: '', tone: 0, color, ids: null } as unknown as Points;
  return [{ mark, hidden: false, hiddenClasses, bright: null, slot: { index: 0, count: 1 } }];
}

describe('walking a scatter', () => {
  it('begins at the point nearest to the middle', () => {
    expect(walk(scene, scatter([1, 4, 9], [1, 6, 9]), null, 1, 0)).toEqual({ x: 40, y: 60 });
  });

  it('goes to a near point ahead rather than to one far aside', () => {
    const layers = scatter([2, 3, 5], [5, 9, 5.2]);
    expect(walk(scene, layers, { x: 20, y: 50 }, 1, 0)).toEqual({ x: 50, y: 52 });
  });

  it('stays where there is none, and passes points without a place or out of sight', () => {
    const layers = scatter([5, NaN, 11], [5, 5, 5]);
    expect(walk(scene, layers, { x: 50, y: 50 }, 1, 0)).toEqual({ x: 50, y: 50 });
  });

  it('passes classes that are switched off', () => {
    const layers = scatter([1, 3, 6], [5, 5, 5], new Set([1]), [0, 1, 0]);
    expect(walk(scene, layers, { x: 10, y: 50 }, 1, 0)).toEqual({ x: 60, y: 50 });
  });
});

describe('stretching a box over points', () => {
  it('leads between them, and ends at the edge of the plot', () => {
    const layers = scatter([5], [5]);
    expect(stretch(scene, layers, { x: 50, y: 50 }, 1, 0)).toEqual({ x: 60, y: 50 });
    expect(stretch(scene, layers, { x: 95, y: 50 }, 1, 0)).toEqual({ x: 99.5, y: 50 });
  });

  it('has four corners', () => {
    const corners = boxBetween({ x: 1, y: 2 }, { x: 3, y: 4 });
    expect(corners).toEqual([{ x: 1, y: 2 }, { x: 3, y: 2 }, { x: 3, y: 4 }, { x: 1, y: 4 }]);
  });
});

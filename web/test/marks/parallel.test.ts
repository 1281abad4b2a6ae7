import { describe, expect, it } from 'vitest';

import type { Axis, Line, Panel } from '../../src/data/types';
import {
  moved,
  nearestRow,
  orderFrom,
  passing,
  rowsOf,
  ticksOf,
  valueAt,
} from '../../src/marks/parallel/layout';

const axis = (more: Partial<Axis>): Axis => ({
  type: 'axis',
  label: 'a',
  unit: '',
  scale: 'linear',
  domain: null,
  categories: [],
  integers: false,
  ...more,
});

const numbers = (values: number[]) => ({ kind: 'float', shape: [values.length], data: Float64Array.from(values) });

function line(id: string, heights: number[]): Line {
  return {
    type: 'line',
    x: numbers(heights.map((_, i) => i)),
    y: numbers(heights),
    label: 'runs',
    tone: 'muted',
    ids: { kind: 'run', values: { kind: 'string', shape: [1], data: [id] }, elements: null },
  } as unknown as Line;
}

const panel = { marks: [line('low', [0, 1, 0.2]), line('high', [1, 0, NaN]), line('mid', [0.5, 0.5, 0.5])] } as unknown as Panel;
const rows = rowsOf(panel);

describe('brushes', () => {
  it('select the rows that pass all of them', () => {
    expect(passing(rows, new Map())).toEqual(['low', 'high', 'mid']);
    expect(passing(rows, new Map([[0, [0.4, 1] as const]]))).toEqual(['high', 'mid']);
    expect(passing(rows, new Map([[0, [0.4, 1] as const], [1, [0.2, 0.6] as const]]))).toEqual(['mid']);
  });

  it('do not select a row that has no value there', () => {
    expect(passing(rows, new Map([[2, [0, 1] as const]]))).toEqual(['low', 'mid']);
  });
});

describe('the order of the axes', () => {
  it('is read back from a text, and is as given where the text is none', () => {
    expect(orderFrom('2 0 1', 3)).toEqual([2, 0, 1]);
    for (const text of [null, '', '0 1', '0 1 1', '0 1 3', 'x y z']) expect(orderFrom(text, 3)).toEqual([0, 1, 2]);
  });

  it('changes by one axis that goes to another place', () => {
    expect(moved([0, 1, 2, 3], 0, 2)).toEqual([1, 2, 0, 3]);
    expect(moved([0, 1, 2, 3], 3, 0)).toEqual([3, 0, 1, 2]);
    expect(moved([0, 1, 2], 1, 9)).toEqual([0, 2, 1]);
    expect(moved([0, 1, 2], 1, -4)).toEqual([1, 0, 2]);
  });
});

describe('ticks', () => {
  it('stand at the heights of their values', () => {
    const log = ticksOf(axis({ scale: 'log', domain: [0.01, 100] }), 200);
    expect(log.map(({ height }) => height)).toEqual([0, 0.5, 1].map((h) => expect.closeTo(h, 9)));
    const names = ticksOf(axis({ scale: 'category', categories: ['x', 'y', 'z'] }), 200);
    expect(names).toEqual([{ height: 0, label: 'x' }, { height: 0.5, label: 'y' }, { height: 1, label: 'z' }]);
    expect(ticksOf(axis({}), 200)).toEqual([]);
  });

  it('name only as many categories as there is room for', () => {
    const names = Array.from({ length: 100 }, (_, i) => `c${i}`);
    expect(ticksOf(axis({ scale: 'category', categories: names }), 150)).toHaveLength(10);
  });

  it('are undone by valueAt', () => {
    expect(valueAt(axis({ scale: 'log', domain: [0.01, 100] }), 0.5)).toBe('1');
    expect(valueAt(axis({ domain: [2, 4] }), 0.25)).toBe('2.5');
    expect(valueAt(axis({ scale: 'category', categories: ['x', 'y'] }), 1)).toBe('y');
    expect(valueAt(axis({ domain: [2, 4] }), NaN)).toBe('–');
  });
});

it('the nearest line is found between the axes, in their order', () => {
  const place = { x: (slot: number) => 100 * slot, y: (height: number) => 100 * (1 - height) };
  expect(nearestRow(rows, [0, 1, 2], { x: 10, y: 88 }, place, 12)).toBe(0);
  expect(nearestRow(rows, [1, 0, 2], { x: 10, y: 88 }, place, 12)).toBe(1);
  expect(nearestRow(rows, [0, 1, 2], { x: 50, y: 20 }, place, 12)).toBe(-1);
});

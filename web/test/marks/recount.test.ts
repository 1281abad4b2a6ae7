import { describe, expect, it } from 'vitest';

import type { Axis, Counted, Matrix, NumberArray, Panel } from '../../src/data/types';
import { asDrawn, recounted, type Recount } from '../../src/marks/counted/recount';
import { en } from '../../src/words/en';

const numbers = (data: number[], shape: number[], kind: 'int' | 'float' = 'int'): NumberArray => ({
  kind,
  data: Float64Array.from(data),
  shape,
});
const axis = (label: string, categories: string[]): Axis => ({
  type: 'axis', label, unit: '', scale: 'category', domain: null, categories, integers: false,
});

/** Rows true, columns predicted: cat is taken for dog three times, dog for eel once. */
const COUNTS = [5, 3, 0, 0, 4, 1, 0, 0, 2];
const NAMES = ['cat', 'dog', 'eel'];

function matrix(counted: Partial<Counted> = {}): Panel {
  const mark: Matrix = {
    type: 'matrix', values: numbers(COUNTS, [3, 3], 'float'), label: '', x: null, y: null, cells: null,
    color: { type: 'color_scale', kind: 'sequential', low: 0, high: 8, label: 'samples', unit: '', integers: false },
    ids: {
      type: 'ids', kind: 'sample', values: numbers([70, 71, 72, 73], [4]), elements: numbers([1, 1, 5, 8], [4]),
    },
    counted: {
      type: 'counted', counts: numbers(COUNTS, [3, 3]), shares: '', diagonal: true,
      orders: new Map([['as numbered', numbers([0, 1, 2], [3])], ['turned', numbers([2, 1, 0], [3])]]),
      ...counted,
    },
  };
  return { type: 'panel', marks: [mark], x: axis('predicted class', NAMES), y: axis('true class', NAMES), title: '', note: 'as drawn' };
}

function drawn(changes: Partial<Recount>, panel = matrix()) {
  const made = recounted(panel, { ...asDrawn((panel.marks[0] as Matrix).counted!), ...changes }, en);
  const mark = made.marks[0] as Matrix;
  return { made, mark, values: [...mark.values.data] };
}

describe('a matrix of counts', () => {
  it('is left alone where nothing was changed', () => {
    const panel = matrix();
    expect(recounted(panel, asDrawn((panel.marks[0] as Matrix).counted!), en)).toBe(panel);
  });

  it('takes its names, numbers and samples along into another order', () => {
    const { made, mark, values } = drawn({ order: 'turned' });
    expect(made.y!.categories).toEqual(['eel', 'dog', 'cat']);
    expect(made.x!.categories).toEqual(['eel', 'dog', 'cat']);
    expect(values).toEqual([2, 0, 0, 1, 4, 0, 0, 3, 5]);
    expect([...mark.ids!.elements!.data]).toEqual([7, 7, 3, 0]);
    expect([...mark.ids!.values.data]).toEqual([70, 71, 72, 73]);
    expect(mark.color.high).toBe(8);
  });

  it('gives shares of rows, columns and all samples; NaN where there is nothing to divide by', () => {
    expect(drawn({ shares: 'rows' }).values).toEqual([5 / 8, 3 / 8, 0, 0, 4 / 5, 1 / 5, 0, 0, 1]);
    expect(drawn({ shares: 'columns' }).values).toEqual([1, 3 / 7, 0, 0, 4 / 7, 1 / 3, 0, 0, 2 / 3]);
    expect(drawn({ shares: 'all' }).values[1]).toBe(3 / 15);
    expect(drawn({ shares: 'rows' }).mark.color).toMatchObject({ high: 1, label: 'share of the true class' });
    const empty = matrix({ counts: numbers([0, 0, 0, 0, 4, 1, 0, 0, 2], [3, 3]) });
    expect(drawn({ shares: 'rows' }, empty).values.slice(0, 3)).toEqual([NaN, NaN, NaN]);
  });

  it('hides the diagonal, and gives the mistakes the whole scale', () => {
    const { made, mark, values } = drawn({ diagonal: false });
    expect(values).toEqual([NaN, 3, 0, 0, NaN, 1, 0, 0, NaN]);
    expect(mark.color.high).toBe(3);
    expect(made.note).toContain('Right predictions are hidden.');
  });

  it('hides small cells and says how many samples are in them', () => {
    const { made, values } = drawn({ least: 2 });
    expect(values).toEqual([5, 3, 0, 0, 4, NaN, 0, 0, 2]);
    expect(made.note).toContain('1 cell of fewer than 2 samples is hidden: 1 sample.');
  });

  it('finds a class with those it is confused with, and keeps their samples', () => {
    const { made, mark, values } = drawn({ find: 'CA' });
    expect(made.y!.categories).toEqual(['cat', 'dog']);
    expect(values).toEqual([5, 3, 0, 4]);
    expect([...mark.ids!.values.data]).toEqual([70, 71]);
    expect(made.note).toContain('2 of 3 classes');
    expect(drawn({ find: 'yak' }).values).toHaveLength(9);
  });

  it('takes a thousand classes in its stride, and leaves out those nobody confuses', () => {
    const n = 1000;
    const counts = new Float64Array(n * n);
    for (let i = 0; i < n; i++) counts[i * n + i] = 20;
    counts[7 * n + 8] = 5;
    const identity = numbers(Array.from({ length: n }, (_, i) => i), [n]);
    const panel = matrix({ counts: { kind: 'int', data: counts, shape: [n, n] }, orders: new Map([['as numbered', identity]]) });
    const names = Array.from({ length: n }, (_, i) => `c${i}`);
    const big = { ...panel, x: axis('predicted class', names), y: axis('true class', names) };
    expect(drawn({ least: 5 }, big).made.y!.categories).toEqual(['c7', 'c8']);
  });
});

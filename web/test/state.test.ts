import { beforeEach, describe, expect, it } from 'vitest';

import { latest } from '../src/state/cursor.svelte';
import { brightness, idsOf, idsOfAll, selection } from '../src/state/selection.svelte';
import type { Ids } from '../src/data/types';

function ids(kind: string, values: number[], elements?: number[]): Ids {
  const array = (data: number[]) => ({
    kind: 'int' as const,
    data: Int32Array.from(data),
    shape: [data.length],
  });
  return { type: 'ids', kind, values: array(values), elements: elements ? array(elements) : null };
}

beforeEach(() => selection.clear());

describe('selection', () => {
  it('is replaced by a click and taken away by a second one', () => {
    selection.toggle('sample', [1, 2]);
    selection.toggle('sample', [3]);
    expect(selection.get('sample')).toEqual(new Set([3]));
    selection.toggle('sample', [3]);
    expect(selection.get('sample')).toBeNull();
  });

  it('grows and shrinks with extend', () => {
    selection.toggle('sample', [1, 2]);
    selection.toggle('sample', [3], { extend: true });
    expect(selection.get('sample')).toEqual(new Set([1, 2, 3]));
    selection.toggle('sample', [1, 3], { extend: true });
    expect(selection.get('sample')).toEqual(new Set([2]));
  });

  it('keeps kinds apart', () => {
    selection.set('sample', [1]);
    selection.set('layer', ['dense']);
    selection.clear('sample');
    expect(selection.get('layer')).toEqual(new Set(['dense']));
    expect(selection.empty).toBe(false);
  });
});

describe('many ids', () => {
  const chosen = Uint32Array.of(7, 3, 3, 900_000);

  it('are a set like any other', () => {
    selection.set('sample', chosen);
    const found = selection.get('sample')!;
    expect(found.size).toBe(3);
    expect([...found]).toEqual([3, 7, 900_000]);
    expect([3, 4, 900_001, -1, 0.5, '3'].map((id) => found.has(id))).toEqual([true, false, false, false, false, false]);
    expect([...found.entries()][0]).toEqual([3, 3]);
    expect([...brightness(ids('sample', [0, 1, 2, 3]), 4)!]).toEqual([0, 0, 0, 1]);
    expect([...brightness(ids('sample', [7, 6, 900_000]), 3)!]).toEqual([1, 0, 1]);
    selection.toggle('sample', [7], { extend: true });
    expect([...selection.get('sample')!]).toEqual([3, 900_000]);
  });

  it('may be any numbers', () => {
    for (const odd of [Float64Array.of(1, 2.5), Int32Array.of(-4, 2), Float64Array.of(2 ** 40, 1)]) {
      selection.set('sample', odd);
      expect(selection.get('sample')).toEqual(new Set(odd));
    }
    selection.set('sample', new Uint32Array(0));
    expect(selection.empty).toBe(true);
  });

  it('are those of the elements', () => {
    const held = ids('sample', [50, 40, 30, 20]);
    expect([...idsOfAll(held, Uint32Array.of(3, 1, 9))]).toEqual([20, 40]);
    expect([...idsOfAll(held, [3, 1, 9])]).toEqual([20, 40]);
  });
});

describe('brightness', () => {
  it('concerns only marks of a selected kind', () => {
    expect(brightness(ids('sample', [1, 2]), 2)).toBeNull();
    selection.set('layer', ['dense']);
    expect(brightness(ids('sample', [1, 2]), 2)).toBeNull();
    expect(brightness(null, 2)).toBeNull();
  });

  it('keeps the elements whose ids are selected', () => {
    selection.set('sample', [20, 40]);
    expect([...brightness(ids('sample', [10, 20, 30, 40]), 4)!]).toEqual([0, 1, 0, 1]);
  });

  it('keeps an element if one of its many ids is selected', () => {
    selection.set('sample', [7]);
    expect([...brightness(ids('sample', [5, 6, 7, 8], [0, 0, 2, 2]), 3)!]).toEqual([0, 0, 1]);
  });

  it('knows ids that count up from zero, and takes no text for a number', () => {
    selection.set('sample', [3, 1, 99, '2', -1, 0.5]);
    expect([...brightness(ids('sample', [0, 1, 2, 3]), 4)!]).toEqual([0, 1, 0, 1]);
  });

  it('treats a mark with a single id as one thing', () => {
    selection.set('run', [1]);
    expect([...brightness(ids('run', [1]), 3)!]).toEqual([1, 1, 1]);
    expect([...brightness(ids('run', [2]), 3)!]).toEqual([0, 0, 0]);
  });
});

describe('layers and their parameters', () => {
  const named = (kind: string, ...names: string[]): Ids => ({
    type: 'ids', kind, values: { kind: 'text', data: names, shape: [names.length] } as unknown as Ids['values'], elements: null,
  });
  const parameters = named('parameter', 'dense/kernel', 'dense_1/kernel', '0.weight', 'scale');

  it('are selected with each other', () => {
    for (const [layer, bright] of [['dense', [1, 0, 0, 0]], ['0', [0, 0, 1, 0]], ['scale', [0, 0, 0, 1]]] as const) {
      selection.clear();
      selection.set('layer', [layer]);
      expect([...brightness(parameters, 4)!]).toEqual(bright);
    }
    selection.clear();
    selection.set('parameter', ['dense_1/kernel']);
    expect([...brightness(named('layer', 'dense', 'dense_1', '0'), 3)!]).toEqual([0, 1, 0]);
    expect([...brightness(parameters, 4)!]).toEqual([0, 1, 0, 0]);
  });

  it('are each selected by itself where both are', () => {
    selection.set('layer', ['dense']);
    selection.set('parameter', ['0.weight']);
    expect([...brightness(parameters, 4)!]).toEqual([0, 0, 1, 0]);
  });
});

describe('idsOf', () => {
  it('gives none, one or many ids', () => {
    expect(idsOf(null, 0)).toEqual([]);
    expect(idsOf(ids('sample', [10, 20]), 1)).toEqual([20]);
    expect(idsOf(ids('run', [3]), 9)).toEqual([3]);
    expect(idsOf(ids('sample', [5, 6, 7], [1, 0, 1]), 1)).toEqual([5, 7]);
  });
});

describe('latest', () => {
  it('is the last step up to the cursor', () => {
    const steps = [0, 100, 250];
    expect([-1, 0, 99, 100, 249, 250, 1000].map((step) => latest(steps, step))).toEqual([
      -1, 0, 0, 1, 1, 2, 2,
    ]);
    expect(latest([], 5)).toBe(-1);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';

import type { Browse, NumberArray } from '../../src/data/types';
import { browsed, tallies, type Choice } from '../../src/marks/free/browsing';
import { controls } from '../../src/state/controls.svelte';

const ints = (data: number[]): NumberArray => ({ kind: 'int', data: Int32Array.from(data), shape: [data.length] });
const facet = (label: string, names: string[], codes: number[]) =>
  ({ type: 'categories', label, names, codes: ints(codes) }) as const;

const browse: Browse = {
  type: 'browse',
  orders: new Map([
    ['as recorded', ints([0, 1, 2, 3])],
    ['highest loss', ints([2, 0, 3, 1])],
  ]),
  facets: [facet('verdict', ['right', 'wrong'], [0, 1, 1, -1]), facet('true class', ['cat', 'dog', 'eel'], [0, 1, 0, 1])],
  numbers: new Map(),
  first: 2,
  total: 9,
  together: false,
  asked: null,
};
const choose = (order: string | null, facets: [string, string][] = [], reversed = false): Choice => ({
  order,
  reversed,
  facets: new Map(facets),
});

describe('what a reader asked for', () => {
  it('is everything in the first order by default', () => {
    expect(browsed(browse, choose(null))).toEqual([0, 1, 2, 3]);
  });
  it('is in the chosen order, or the other way round', () => {
    expect(browsed(browse, choose('highest loss'))).toEqual([2, 0, 3, 1]);
    expect(browsed(browse, choose('highest loss', [], true))).toEqual([1, 3, 0, 2]);
  });
  it('fulfils every facet at once', () => {
    expect(browsed(browse, choose('highest loss', [['verdict', 'wrong']]))).toEqual([2, 1]);
    expect(browsed(browse, choose(null, [['verdict', 'wrong'], ['true class', 'dog']]))).toEqual([1]);
    expect(browsed(browse, choose(null, [['verdict', 'right'], ['true class', 'dog']]))).toEqual([]);
  });
  it('ignores orders and names that this step does not have', () => {
    expect(browsed(browse, choose('largest change of loss', [['true class', 'yak']]))).toEqual([0, 1, 2, 3]);
  });
  it('counts what each name would leave, and keeps a chosen name in the list', () => {
    const wrong = choose(null, [['verdict', 'wrong']]);
    expect([...tallies(browse, wrong, 'true class')]).toEqual([['cat', 1], ['dog', 1]]);
    expect([...tallies(browse, wrong, 'verdict')]).toEqual([['right', 1], ['wrong', 2]]);
    const eel = choose(null, [['true class', 'eel']]);
    expect(tallies(browse, eel, 'true class').get('eel')).toBe(0);
  });
});

describe('controls', () => {
  beforeEach(() => controls.read(''));
  it('come back from the text they are written to', () => {
    controls.set('confusion_matrix:test/0', 'order', 'by name, or: not %');
    controls.set('predictions/0', 'reversed', '1');
    const text = controls.text();
    controls.read('');
    expect(controls.get('predictions/0', 'reversed')).toBeNull();
    controls.read(text);
    expect(controls.get('confusion_matrix:test/0', 'order')).toBe('by name, or: not %');
    expect(controls.get('predictions/0', 'reversed')).toBe('1');
    expect(controls.text()).toBe(text);
  });
  it('are forgotten where they are taken back, and survive broken text', () => {
    controls.set('a', 'b', 'c');
    controls.set('a', 'b', null);
    expect(controls.text()).toBe('');
    controls.read('%E0%A4%A:x:y,::,a');
    expect(controls.get('%E0%A4%A', 'x')).toBe('y');
  });
});

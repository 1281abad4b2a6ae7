import { describe, expect, it } from 'vitest';

import { rowsOf, taken } from '../../src/data/rows';
import type { Figure, NumberArray, Points } from '../../src/data/types';
import { heldIndex, DEFAULTS, type HeldMap } from '../../src/live/embedding/choices';
import { fieldsOf, findSamples } from '../../src/live/embedding/find';
import { colored, pictured, type Colors } from '../../src/live/embedding/looks';

const ints = (data: number[]): NumberArray => ({ kind: 'int', data: Int32Array.from(data), shape: [data.length] });
const floats = (data: number[]): NumberArray => ({ kind: 'float', data: Float64Array.from(data), shape: [data.length] });
const scale = { type: 'color_scale', kind: 'sequential', low: 0, high: 1, label: 'loss', unit: '', integers: false } as const;

const colors: Colors = {
  ids: ints([5, 6, 7]),
  colors: {
    true: { type: 'categories', codes: ints([0, 1, -1]), names: ['cat', 'catfish'], label: 'true' },
    loss: { type: 'continuous', values: floats([0.1, 0.2, 0.3]), scale },
  },
};

function mapOf(ids: number[]): Figure {
  const mark: Points = {
    type: 'points', x: floats(ids), y: floats(ids), label: '', tone: 0, color: null, text: null, thumbnails: null, size: 4,
    ids: { type: 'ids', kind: 'sample', values: ints(ids), elements: null },
  };
  const panel = { type: 'panel' as const, marks: [mark], x: null, y: null, title: '', note: '' };
  return { type: 'figure', title: '', panels: [panel], columns: 1, widths: [], note: '' };
}

const markOf = (figure: Figure) => figure.panels[0]!.marks[0] as Points;

describe('samples of a map', () => {
  it('take their colours by their ids, whatever their order', () => {
    const mark = markOf(colored(mapOf([7, 5, 99]), colors, 'true'));
    expect(mark.color).toMatchObject({ type: 'categories', names: ['cat', 'catfish'] });
    expect(mark.color?.type === 'categories' && [...mark.color.codes.data]).toEqual([-1, 0, -1]);
    const number = markOf(colored(mapOf([6, 99]), colors, 'loss')).color;
    expect(number?.type === 'continuous' && [...number.values.data]).toEqual([0.2, NaN]);
  });

  it('have no colour by a column that is not there', () => {
    expect(markOf(colored(mapOf([5]), colors, 'nothing')).color).toBeNull();
    expect(markOf(colored(mapOf([5]), colors, 'toString')).color).toBeNull();
  });

  it('share arrays where nothing changes', () => {
    const mark = markOf(colored(mapOf([5, 6, 7]), colors, 'loss'));
    expect(mark.color?.type === 'continuous' && mark.color.values).toBe((colors.colors.loss as { values: object }).values);
  });

  it('take their pictures by their ids, all or none', () => {
    const thumbnails: NumberArray = { kind: 'int', data: Uint8Array.from([1, 2, 3, 4, 5, 6]), shape: [3, 1, 2] };
    const pictures = { ids: ints([5, 6, 7]), thumbnails, note: '' };
    expect([...markOf(pictured(mapOf([7, 5]), pictures)).thumbnails!.data]).toEqual([5, 6, 1, 2]);
    expect(markOf(pictured(mapOf([7, 8]), pictures)).thumbnails).toBeNull();
  });
});

describe('rows', () => {
  it('are found by number and by text', () => {
    expect([...rowsOf(ints([3, 1, 2]), ints([3, 2, 9]))]).toEqual([0, 2, -1]);
    const texts = (data: string[]) => ({ kind: 'string' as const, data, shape: [data.length] });
    expect([...rowsOf(texts(['a', 'b']), texts(['b', 'a', 'c']))]).toEqual([1, 0, -1]);
    expect([...taken(floats([10, 20]), Int32Array.from([1, -1, 0]), NaN).data]).toEqual([20, NaN, 10]);
  });
});

describe('a search', () => {
  const mark = {
    ...markOf(colored(mapOf([5, 6, 7]), colors, 'true')),
    text: ['A Cat sat', 'the dog', 'catalogue'],
  };

  it('is offered by what there is', () => {
    expect(fieldsOf(mark)).toEqual(['id', 'text', 'class']);
    expect(fieldsOf({ ...mark, text: null, color: null })).toEqual(['id']);
  });

  it('finds whole ids, parts of texts, and the class that is meant', () => {
    expect(findSamples(mark, 'id', ' 7, 5 ')).toEqual([5, 7]);
    expect(findSamples(mark, 'id', '70')).toEqual([]);
    expect(findSamples(mark, 'text', 'CAT')).toEqual([5, 7]);
    expect(findSamples(mark, 'class', 'cat')).toEqual([5]);
    expect(findSamples(mark, 'class', 'fish')).toEqual([6]);
    expect(findSamples(mark, 'class', '  ')).toEqual([]);
  });
});

describe('a saved copy', () => {
  const map = (changes: Partial<HeldMap>): HeldMap => ({
    method: 'pca', dimensions: 2, follow: true, perplexity: 30, neighbors: 15, minDist: 0.1, only: '', samples: 3, steps: [1], ...changes,
  });
  const maps = [map({}), map({ dimensions: 3 }), map({ method: 'tsne', perplexity: 5 }), map({ method: 'umap', follow: false }), map({ only: '3-5' })];
  const index = (changes: object) => heldIndex(maps, { ...DEFAULTS, ...changes });

  it('knows its maps by what their methods ask for', () => {
    expect(index({ method: 'pca', perplexity: 7 })).toBe(0);
    expect(index({ method: 'pca', dimensions: 3 })).toBe(1);
    expect(index({ method: 'tsne' })).toBe(-1);
    expect(index({ method: 'tsne', perplexity: 5 })).toBe(2);
    expect(index({ method: 'umap', follow: false, neighbors: 15 })).toBe(3);
    expect(index({ method: 'umap' })).toBe(-1);
    expect(index({ method: 'pca', only: '3-5' })).toBe(4);
    expect(index({ method: 'pca', only: '3' })).toBe(-1);
  });
});

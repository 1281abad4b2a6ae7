import { describe, expect, it } from 'vitest';
import type { AnyArray, Figure, NumberArray } from '../../src/data/types';
import { heldNear, nearIn, type HeldNear } from '../../src/live/embedding/near';

const numbers = (data: number[], ...shape: number[]): NumberArray =>
  ({ kind: 'float', data: Float64Array.from(data), shape }) as NumberArray;
const ids: AnyArray = { kind: 'string', data: ['a', 'b', 'c'], shape: [3] };

const held: HeldNear = {
  ids,
  names: ['sample a\nsome words', 'sample b', 'sample c'],
  near: { euclidean: { rows: numbers([2, 1, 0, 2, 0, 1], 3, 2), apart: numbers([0.5, 3, 3, 4, 0.5, 4], 3, 2) } },
  note: 'how',
};

describe('the neighbours a saved copy holds', () => {
  const pictures = { ids, thumbnails: numbers([1, 2, 3], 3, 1, 1), note: '' };

  it('are the sample itself and those nearest to it, with their distances and pictures', () => {
    const found = heldNear(held, pictures, 'a', 'euclidean');
    expect(found.ids).toEqual(['a', 'c', 'b']);
    expect(found.lines).toEqual([['sample a', 'some words'], ['sample c', 'distance 0.5'], ['sample b', 'distance 3']]);
    expect([...found.images!.images.data]).toEqual([1, 3, 2]);
    expect(found.images!.color?.kind).toBe('gray');
  });

  it('are none of a sample that is not there, and have no pictures where there are none', () => {
    expect(heldNear(held, pictures, 'z', 'euclidean').ids).toEqual([]);
    expect(heldNear(held, { ...pictures, thumbnails: null }, 'b', 'euclidean').images).toBeNull();
  });

  it('keep the colours of pictures that have some', () => {
    const colored = { ...pictures, thumbnails: numbers([1, 1, 1, 2, 2, 2, 3, 3, 3], 3, 1, 1, 3) };
    expect(heldNear(held, colored, 'a', 'euclidean').images!.color).toBeNull();
  });
});

it('says of texts what they are', () => {
  const one = { kind: 'string', data: ['a'], shape: [1] };
  const mark = { type: 'tokens', texts: [['so ', 'dull']], captions: ['sample a\ndistance 1'], ids: { values: one } };
  const figure = { note: '', panels: [{ marks: [mark] }] } as unknown as Figure;
  expect(nearIn(figure).lines[0]).toEqual(['sample a', 'distance 1', 'so dull']);
});

import { describe, expect, it } from 'vitest';
import type { Figure, Line, Points } from '../../src/data/types';
import { stopsOf, withTrails, type Past } from '../../src/live/embedding/trails';

const numbers = (...data: number[]) => ({ kind: 'float', data: Float64Array.from(data), shape: [data.length] }) as const;

/** Samples 5, 6, ... at these places. */
function map(...places: [x: number, y: number][]): Figure {
  const ids = { type: 'ids', kind: 'sample', values: numbers(...places.map((_, i) => 5 + i)), elements: null };
  const mark = { type: 'points', x: numbers(...places.map(([x]) => x)), y: numbers(...places.map(([, y]) => y)), ids };
  return { panels: [{ marks: [mark] }], note: '' } as unknown as Figure;
}

const past: Past[] = [
  { step: 0, figure: map([0, 0], [9, 9]) },
  { step: 10, figure: map([1, 2], [8, 7]) },
  { step: 30, figure: map([3, 4]) },
];

describe('trails', () => {
  it('lead from where a sample was first to where it is, through every step it was placed at', () => {
    const [points, first, second, dots] = withTrails(past[2]!.figure, past, [5, 6]).panels[0]!.marks as [Points, Line, Line, Points];
    expect(points.type).toBe('points');
    expect([[...first.x.data], [...first.y.data]]).toEqual([[0, 1, 3], [0, 2, 4]]);
    expect([[...second.x.data], [...second.y.data]]).toEqual([[9, 8], [9, 7]]);
    expect(dots.text).toEqual(['5, step 0', '5, step 10', '5, step 30', '6, step 0', '6, step 10']);
    expect(dots.color?.type === 'continuous' && [...dots.color.values.data]).toEqual([0, 10, 30, 0, 10]);
    // What they are made of selects nothing: the samples themselves do.
    expect([dots.ids, first.ids]).toEqual([null, null]);
  });

  it('are none where nothing is selected, or there is one step', () => {
    expect(withTrails(past[2]!.figure, past, [])).toBe(past[2]!.figure);
    expect(withTrails(past[2]!.figure, past.slice(2), [5])).toBe(past[2]!.figure);
    expect(withTrails(past[2]!.figure, past, [99])).toBe(past[2]!.figure);
  });

  it('stop at every step up to the last, and of very many at some, the first and last among them', () => {
    expect(stopsOf([0, 10, 30, 40], 30)).toEqual([0, 10, 30]);
    const many = stopsOf(Array.from({ length: 1000 }, (_, i) => 3 * i), 2997);
    expect([many.length, many[0], many.at(-1)]).toEqual([40, 0, 2997]);
    expect(new Set(many).size).toBe(40);
  });
});

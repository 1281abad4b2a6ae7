import { describe, expect, it } from 'vitest';

import { notesOf } from '../src/chart/words';
import type { Mark, Panel } from '../src/data/types';

const array = (data: number[]) => ({ kind: 'float' as const, data: Float64Array.from(data), shape: [data.length] });

function panel(...marks: object[]): Panel {
  return { type: 'panel', marks: marks as Mark[], x: null, y: null, title: '', note: '' };
}

describe('the notes of a panel', () => {
  const points = (y: number[]) => ({ type: 'points', x: array(y.map((_, i) => i)), y: array(y) });
  const line = (y: number[]) => ({ type: 'line', x: array(y.map((_, i) => i)), y: array(y) });

  it('say what has no place', () => {
    expect(notesOf(panel(points([1, NaN, Infinity])), null)).toEqual([
      '2 of 3 points have no place (NaN or infinite) and are not drawn.',
    ]);
  });

  it('say nothing of points on a line, which marks them at the edge', () => {
    expect(notesOf(panel(points([1, NaN, Infinity]), line([1, NaN, Infinity])), null)).toEqual([]);
    expect(notesOf(panel(points([1, NaN, Infinity]), line([1, NaN, 2])), null)).toHaveLength(1);
  });
});

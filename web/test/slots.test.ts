import { describe, expect, it } from 'vitest';

import { slotsOf } from '../src/chart/paint';
import type { Bars, CartesianMark } from '../src/data/types';

const bars = (label: string, part = false) => ({ type: 'bars', label, part }) as Bars;
const counts = (marks: CartesianMark[], shown: CartesianMark[] = marks) =>
  slotsOf(marks, (mark) => shown.includes(mark)).map(({ count }) => count);

describe('slotsOf', () => {
  it('counts the bars that share a place', () => {
    const [one, other] = [bars('right'), bars('wrong')];
    expect(counts([one, other])).toEqual([2, 2]);
    expect(counts([one, other], [one])).toEqual([1, 1]);
  });

  it('draws a part whole over what it is a part of', () => {
    expect(counts([bars('all'), bars('wrong', true)])).toEqual([1, 1]);
  });
});

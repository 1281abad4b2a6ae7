import { describe, expect, it } from 'vitest';

import type { Line, NumberArray } from '../../src/data/types';
import { curveAt } from '../../src/marks/slider/curveAt';

const floats = (data: number[]): NumberArray => ({ kind: 'float', data: Float64Array.from(data), shape: [data.length] });

/** Thresholds fall, as they do where samples are taken one after another. */
const line: Line = {
  type: 'line', x: floats([0.9, 0.6, 0.2]), y: floats([1, 0.75, 0.5]), label: 'precision', tone: 0,
  low: floats([0.8, 0.6, 0.4]), high: floats([1, 0.9, 0.6]), band_label: '', dash: 'solid', faint: false,
  markers: false, ids: null,
};

describe('a curve at a threshold', () => {
  it('is what it is at the next point that reaches it', () => {
    expect(curveAt(line, 0.6)).toEqual({ value: 0.75, low: 0.6, high: 0.9 });
    expect(curveAt(line, 0.3)).toEqual({ value: 0.75, low: 0.6, high: 0.9 });
    expect(curveAt(line, 0)).toEqual({ value: 0.5, low: 0.4, high: 0.6 });
  });
  it('is not known where nothing reaches it', () => {
    expect(curveAt(line, 0.95)).toBeNull();
    expect(curveAt({ ...line, low: null, high: null }, 0.9)).toEqual({ value: 1, low: null, high: null });
  });
});

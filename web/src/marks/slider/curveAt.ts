/** What curves say at a place on their axis. */

import type { Line } from '../../data/types';

export interface Reading {
  value: number;
  /** Ends of the band, where the curve has one. */
  low: number | null;
  high: number | null;
}

/** The point of a curve at a place, or else the next one to the right; null where there is none. */
export function curveAt(line: Line, place: number): Reading | null {
  let found = -1;
  for (let i = 0; i < line.x.data.length; i++) {
    const x = line.x.data[i]!;
    if (x >= place && (found < 0 || x < line.x.data[found]!)) found = i;
  }
  if (found < 0) return null;
  return { value: line.y.data[found]!, low: line.low?.data[found] ?? null, high: line.high?.data[found] ?? null };
}

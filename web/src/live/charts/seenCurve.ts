/** What is seen of a metric of too many points to be sent whole. */

import { union } from '../../chart/extent';
import type { Span } from '../../chart/scale';
import type { Series } from '../types';

export interface SeenCurve {
  series: Series;
  /** Points in the range, and in the whole series. */
  count: number;
  total: number;
  /** Whether every point of the range is there. */
  raw: boolean;
  /** Ends of the whole series; of the values null where none is finite. */
  step: Span;
  value: Span | null;
}

export function readCurve(answer: Record<string, unknown>): SeenCurve {
  const domain = answer.domain as { step: Span; value: Span | null };
  const step = numbers(answer.step);
  return {
    series: { step, value: numbers(answer.value), time: new Float64Array(step.length).fill(NaN) },
    count: answer.count as number,
    total: answer.total as number,
    raw: answer.raw as boolean,
    step: domain.step,
    value: domain.value,
  };
}

export function numbers(held: unknown): Float64Array {
  return Float64Array.from((held as { data: ArrayLike<number> }).data);
}

/** The ends of what several curves reach over; null where none reaches over anything. */
export function reach(ends: readonly (Span | null)[]): Span | null {
  return ends.reduce<Span | null>((all, each) => union(all, each), null);
}

/** What is seen of a metric of too many points to be sent whole. */

import { union } from '../../chart/extent';
import { between } from './between';
import type { Span } from '../../chart/scale';
import type { Series } from '../types';

export interface SeenCurve {
  /** Times are known where they were asked for. */
  series: Series;
  /** Its moving average, where that was asked for. */
  smooth: Series | null;
  clock: Clock | null;
  /** Points in the range, and in the whole series. */
  count: number;
  total: number;
  /** Whether every point of the range is there. */
  raw: boolean;
  /** Ends of the whole series; of the values null where none is finite. */
  step: Span;
  value: Span | null;
}

/** Times of some steps, both ends of the series among them; others lie between. */
export interface Clock {
  step: Float64Array;
  time: Float64Array;
}

export function readCurve(answer: Record<string, unknown>): SeenCurve {
  const domain = answer.domain as { step: Span; value: Span | null };
  const clock = answer.clock ? readClock(answer.clock as Record<string, unknown>) : null;
  return {
    series: readSeries(answer, clock),
    smooth: answer.smooth ? readSeries(answer.smooth as Record<string, unknown>, clock) : null,
    clock,
    count: answer.count as number,
    total: answer.total as number,
    raw: answer.raw as boolean,
    step: domain.step,
    value: domain.value,
  };
}

function readSeries({ step, value }: Record<string, unknown>, clock: Clock | null): Series {
  const at = numbers(step);
  return { step: at, value: numbers(value), time: at.map((each) => (clock ? between(each, clock.step, clock.time) : NaN)) };
}

function readClock({ step, time }: Record<string, unknown>): Clock {
  return { step: numbers(step), time: numbers(time) };
}

export function numbers(held: unknown): Float64Array {
  return Float64Array.from((held as { data: ArrayLike<number> }).data);
}

/** The ends of what several curves reach over; null where none reaches over anything. */
export function reach(ends: readonly (Span | null)[]): Span | null {
  return ends.reduce<Span | null>((all, each) => union(all, each), null);
}

/** A metric of too many points to be sent whole: the part that is seen, as wide as it is drawn. */

import { reasonOf } from '../../data/reason';
import * as api from '../api';
import { LatestOnly } from '../latestOnly';
import type { Series } from '../types';

export interface Range {
  /** Null for everything. */
  from: number | null;
  to: number | null;
  /** Of the picture, in pixels of the device. */
  width: number;
  /** Of the series: what grew is asked for again. */
  version: number;
}

export interface SeenCurve {
  series: Series;
  /** Points in the range, and in the whole series. */
  count: number;
  total: number;
  /** Whether every point of the range is there. */
  raw: boolean;
  step: readonly [number, number];
  value: readonly [number, number];
}

export class CurveLoader {
  seen = $state.raw<SeenCurve | null>(null);
  fault = $state('');
  #run: string;
  #metric: string;
  #asked = '';
  #latest = new LatestOnly<Range>((range) => this.#load(range));

  constructor(run: string, metric: string) {
    this.#run = run;
    this.#metric = metric;
  }

  want(range: Range): void {
    const key = JSON.stringify(range);
    if (key === this.#asked) return;
    this.#asked = key;
    this.#latest.want(range);
  }

  async #load({ from, to, width }: Range): Promise<void> {
    const query = new URLSearchParams({ metric: this.#metric, width: String(Math.round(width)) });
    if (from !== null) query.set('from', String(Math.floor(from)));
    if (to !== null) query.set('to', String(Math.ceil(to)));
    try {
      const answer = await api.envelope(`/api/runs/${encodeURIComponent(this.#run)}/curve?${query}`);
      this.seen = readCurve(answer);
      this.fault = '';
    } catch (error) {
      this.fault = reasonOf(error);
    }
  }
}

export function readCurve(answer: Record<string, unknown>): SeenCurve {
  const numbers = (held: unknown) => Float64Array.from((held as { data: ArrayLike<number> }).data);
  const domain = answer.domain as { step: [number, number]; value: [number, number] };
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

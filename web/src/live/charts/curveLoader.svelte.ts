/** A metric of too many points to be sent whole: the part that is seen, as wide as it is drawn. */

import { reasonOf } from '../../data/reason';
import * as api from '../api';
import { LatestOnly } from '../latestOnly';
import type { LiveSeries } from './scalarStore.svelte';
import { readCurve, type Clock, type SeenCurve } from './seenCurve';

export interface Range {
  /** Null for everything. */
  from: number | null;
  to: number | null;
  /** Of the picture, in pixels of the device. */
  width: number;
  /** Of the series: what grew is asked for again. */
  version: number;
  /** Weight of the past in the moving average that is wanted too; 0 for none. */
  smoothing: number;
  /** Whether times are wanted too. */
  timed: boolean;
}

export class CurveLoader {
  fault = $state('');
  #part = $state.raw<SeenCurve | null>(null);
  #clock = $state.raw<Clock | null>(null);
  #run: string;
  #live: LiveSeries;
  #asked = '';
  #latest = new LatestOnly<Range>((range) => this.#load(range));

  constructor(run: string, live: LiveSeries) {
    this.#run = run;
    this.#live = live;
  }

  get seen(): SeenCurve | null {
    return this.#part ?? this.#live.whole?.curve ?? null;
  }

  /** Times of the whole series, once they were asked for. */
  get clock(): Clock | null {
    return this.#clock;
  }

  want(range: Range): void {
    const key = JSON.stringify(range);
    if (key === this.#asked) return;
    this.#asked = key;
    if (!this.#isThere(range)) return this.#latest.want(range);
    this.#latest.forget();
    this.#part = null;
  }

  /** The whole curve came with the news that it is too long to be sent point by point. */
  #isThere({ from, to, width, version, smoothing, timed }: Range): boolean {
    const { whole } = this.#live;
    return !smoothing && !timed && whole !== null && from === null && to === null && whole.version === version && whole.width >= width;
  }

  async #load(range: Range): Promise<void> {
    const { from, to, width, smoothing, timed } = range;
    const query = new URLSearchParams({ metric: this.#live.name, width: String(Math.round(width)) });
    if (from !== null) query.set('from', String(Math.floor(from)));
    if (to !== null) query.set('to', String(Math.ceil(to)));
    if (smoothing) query.set('smoothing', String(smoothing));
    if (timed) query.set('clock', '1');
    try {
      const answer = await api.envelope(`/api/runs/${encodeURIComponent(this.#run)}/curve?${query}`);
      // Meanwhile the whole may be wanted, which is there.
      const latest = JSON.parse(this.#asked) as Range;
      const curve = readCurve(answer);
      if (curve.clock && (!this.#clock || (from === null && to === null))) this.#clock = curve.clock;
      this.#part = this.#isThere(latest) ? null : curve;
      this.fault = '';
    } catch (error) {
      this.fault = reasonOf(error);
    }
  }
}

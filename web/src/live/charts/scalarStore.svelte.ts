/** The metrics of one run: asked for when a chart shows them, then only what is new. */

import { reasonOf } from '../../data/reason';
import * as api from '../api';
import type { Series } from '../types';
import { Growing } from './growing';
import { numbers, readCurve, type SeenCurve } from './seenCurve';

/** Names in one request: addresses must not grow without end. */
const BATCH = 60;
const LEAST_MS = 250;
const CHART_WIDTH = 640;

/** One metric; reading `series` subscribes to its growth. */
export class LiveSeries {
  readonly name: string;
  #points = new Growing();
  #version = $state(0);
  /** The number of points, where they are too many to be sent whole. */
  tooLong = $state(0);
  /** The picture of these, as it was when it became known that they are too many. */
  whole = $state.raw<{ curve: SeenCurve; width: number; version: number } | null>(null);
  cursor = '';
  loaded = $state(false);
  /** How many charts show it now. */
  users = 0;

  constructor(name: string) {
    this.name = name;
  }

  get series(): Series {
    void this.#version;
    return this.#points.series;
  }

  /** Grows whenever points came, also those of series too long to be sent. */
  get version(): number {
    return this.#version;
  }

  add(points: Answered, width: number): void {
    const version = this.#version + 1;
    if (points.count) this.tooLong = points.count;
    else if (this.tooLong) this.tooLong += points.step?.length ?? 0;
    else if (points.step) this.#points.add(asSeries(points));
    if (points.curve) this.whole = { curve: readCurve(points.curve), width, version };
    this.#version = version;
  }
}

/** What the server says of a metric. */
type Answered = Partial<Series> & { count?: number; curve?: Record<string, unknown> };

function asSeries(points: Answered): Series {
  return { step: numbers(points.step), value: numbers(points.value), time: numbers(points.time) };
}

export class ScalarStore {
  readonly run: string;
  fault = $state('');
  #series = new Map<string, LiveSeries>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #due = false;
  #asking = false;
  #again = false;

  constructor(run: string) {
    this.run = run;
  }

  /** A metric, to be loaded and kept up to date while it is in use. */
  use(name: string): LiveSeries {
    let series = this.#series.get(name);
    if (!series) this.#series.set(name, (series = new LiveSeries(name)));
    series.users += 1;
    if (series.users === 1) this.#loadNow();
    return series;
  }

  /** At once, and those together that begin to be used together. */
  #loadNow(): void {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      void this.#load();
    });
  }

  release(series: LiveSeries): void {
    series.users -= 1;
  }

  /** Something was recorded: ask for what is new, soon. */
  refresh(wait = LEAST_MS): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#load();
    }, wait);
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #load(): Promise<void> {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    try {
      for (const batch of this.#batches()) await this.#ask(batch);
      this.fault = '';
    } catch (error) {
      this.fault = reasonOf(error);
    }
    this.#asking = false;
    if (this.#again) {
      this.#again = false;
      this.refresh();
    }
  }

  /** Metrics in use, those that know the same past together. */
  #batches(): LiveSeries[][] {
    const byCursor = new Map<string, LiveSeries[]>();
    for (const series of this.#series.values()) {
      if (!series.users) continue;
      const known = byCursor.get(series.cursor);
      if (known) known.push(series);
      else byCursor.set(series.cursor, [series]);
    }
    return [...byCursor.values()].flatMap((all) =>
      Array.from({ length: Math.ceil(all.length / BATCH) }, (_, i) => all.slice(i * BATCH, (i + 1) * BATCH)),
    );
  }

  async #ask(batch: readonly LiveSeries[]): Promise<void> {
    const query = new URLSearchParams(batch.map(({ name }) => ['metric', name]));
    const [{ cursor }] = batch as [LiveSeries];
    // As wide as charts are before one is enlarged.
    const width = Math.round(CHART_WIDTH * window.devicePixelRatio);
    if (cursor) query.set('after', cursor);
    else query.set('width', String(width));
    const answer = await api.envelope(`/api/runs/${encodeURIComponent(this.run)}/scalars?${query}`);
    const metrics = answer.metrics as Record<string, Answered>;
    for (const series of batch) {
      const points = metrics[series.name];
      if (points) series.add(points, width);
      series.cursor = answer.cursor as string;
      series.loaded = true;
    }
  }
}

/** The panel of a metric chart: curves of one or several runs, as marks like any other figure. */

import type { Line, NumberArray, Panel, Tone } from '../../data/types';
import { term } from '../../words/term';
import type { Words } from '../../words/en';
import type { Series } from '../types';
import { meanBand } from './meanBand';
import { isOfLayer, splitName, type Split } from './metricNames';
import { clipping, smoothed } from './smoothing';

export type Horizontal = 'step' | 'epoch' | 'time';

export interface ChartOptions {
  x: Horizontal;
  /** Weight on the past, 0 to below 1. */
  smoothing: number;
  log: boolean;
  clip: boolean;
  /** The mean of the runs instead of each of them. */
  mean: boolean;
}

export interface ChartSeries {
  run: string;
  /** Position of the run among those compared: its colour. */
  place: number;
  metric: string;
  series: Series;
  /** The moving average of a series of which only what stands out is here; null where it is not known. */
  smooth?: Series | null;
  /** Increasing [step, epoch] of the run. */
  epochs: readonly (readonly [step: number, epoch: number])[];
  /** When the run began, in seconds since 1970. */
  start: number;
  /** When it ended, of a series of which only a part is here. */
  end?: number | undefined;
}

const TONES: Record<Split, Tone> = { training: 0, validation: 1, test: 2, evaluation: 3 };
const DASHES: Record<Split, Line['dash']> = {
  training: 'solid',
  validation: 'dash',
  test: 'dot',
  evaluation: 'dot',
};
/** Curves of at most this many points show each of them. */
const MARKERS_UP_TO = 40;

export function chartPanel(all: readonly ChartSeries[], options: ChartOptions, words: Words): Panel {
  const several = new Set(all.map(({ place }) => place)).size > 1;
  const unit = timeUnit(all);
  const curves = all.map((each) => curveOf(each, options.x, unit.seconds));
  const marks = several && options.mean ? means(curves, options, words) : [];
  const alone = !several && all.length === 1 && splitName(all[0]!.metric)[0] === all[0]!.metric;
  const tones = several ? new Map<string, Tone>() : tonesOf(all);
  if (!marks.length) for (const curve of curves) marks.push(...linesOf(curve, options, several, tones));
  const clipped = options.clip && !options.log ? clipping(curves.map(({ y }) => y)) : null;
  const outliers = all.some(({ smooth }) => smooth !== undefined) ? words.outliersDrawnNote : words.outliersNote;
  const base = splitName(all[0]?.metric ?? '')[0];
  // One curve is named by the title of its chart.
  if (alone) for (const mark of marks) mark.label = '';
  return {
    type: 'panel',
    marks,
    x: {
      ...axis(axisName(options.x, words), options.x === 'time' ? unit.name : '', 'linear', options.x !== 'time'),
      original: options.x,
    },
    y: {
      ...axis(term(quantity(base)), '', options.log ? 'log' : 'linear', false),
      domain: clipped ? [clipped.low, clipped.high] : null,
    },
    title: '',
    note: clipped ? outliers(clipped.outside, clipped.total) : '',
  };
}

interface Places {
  x: Float64Array;
  y: Float64Array;
}

interface Curve extends Places {
  each: ChartSeries;
  /** Its moving average; null where that is not known. */
  smooth: (weight: number) => Places | null;
}

function curveOf(each: ChartSeries, horizontal: Horizontal, seconds: number): Curve {
  const { value } = each.series;
  const x = placesOf(each, each.series, horizontal, seconds);
  const smooth = (weight: number) => {
    if (each.smooth === undefined) return { x, y: smoothed(value, weight) };
    return each.smooth && { x: placesOf(each, each.smooth, horizontal, seconds), y: each.smooth.value };
  };
  return { each, x, y: value, smooth };
}

/** Each metric its own colour: that of what it was measured on, where it is the first of them. */
function tonesOf(all: readonly ChartSeries[]): Map<string, Tone> {
  const found = new Map<string, Tone>();
  const taken = new Set<Tone>();
  let free = Object.keys(TONES).length;
  for (const { metric } of all) {
    const wanted = TONES[splitName(metric)[1]];
    const tone = taken.has(wanted) ? free++ : wanted;
    taken.add(tone);
    found.set(metric, tone);
  }
  return found;
}

function linesOf(
  { each, x, y, smooth }: Curve,
  { smoothing }: ChartOptions,
  several: boolean,
  tones: ReadonlyMap<string, Tone>,
): Line[] {
  const split = splitName(each.metric)[1];
  const look = {
    label: several ? (split === 'training' ? each.run : `${each.run}: ${each.metric}`) : each.metric,
    tone: several ? each.place : (tones.get(each.metric) ?? TONES[split]),
    dash: DASHES[split],
  };
  const average = smoothing ? smooth(smoothing) : null;
  if (!average) return [line(x, y, { ...look, markers: y.length <= MARKERS_UP_TO })];
  return [line(x, y, { ...look, faint: true }), line(average.x, average.y, look)];
}

/** One mean per metric of the chart. */
function means(curves: readonly Curve[], options: ChartOptions, words: Words): Line[] {
  const { smoothing } = options;
  const metrics = [...new Set(curves.map(({ each }) => each.metric))];
  return metrics.flatMap((metric) => {
    const members = curves.filter(({ each }) => each.metric === metric);
    // The mean of what stands out of long curves would be that of nothing: their averages are known.
    const long = smoothing > 0 && members.some(({ each }) => each.smooth !== undefined);
    const averages = long ? members.flatMap((curve) => curve.smooth(smoothing) ?? []) : members;
    const band = averages.length === members.length ? meanBand(averages) : null;
    if (!band) return members.flatMap((curve) => linesOf(curve, options, true, new Map()));
    const split = splitName(metric)[1];
    const smooth = (values: Float64Array) => (smoothing && !long ? smoothed(values, smoothing) : values);
    const label = `${metric}, ${words.meanOf(members.length)}`;
    return line(band.x, smooth(band.mean), {
      label,
      tone: TONES[split],
      dash: DASHES[split],
      low: array(smooth(band.low)),
      high: array(smooth(band.high)),
      band_label: words.bandOf,
    });
  });
}

function placesOf({ epochs, start }: ChartSeries, series: Series, x: Horizontal, seconds: number): Float64Array {
  switch (x) {
    case 'step':
      return series.step;
    case 'epoch':
      return epochs.length ? series.step.map((step) => epochAt(epochs, step)) : series.step;
    case 'time':
      return series.time.map((time) => (time - start) / seconds);
  }
}

/** Epochs between those that were recorded lie on the straight line between them, from 0 at step 0. */
export function epochAt(epochs: ChartSeries['epochs'], step: number): number {
  return onLine(epochs, step, 0, 1);
}

/** The step of an epoch, the other way round. */
export function stepAtEpoch(epochs: ChartSeries['epochs'], epoch: number): number {
  return onLine(epochs, epoch, 1, 0);
}

function onLine(known: ChartSeries['epochs'], at: number, from: 0 | 1, to: 0 | 1): number {
  let low = 0;
  let high = known.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (known[middle]![from] < at) low = middle + 1;
    else high = middle;
  }
  const after = known[low];
  if (!after) {
    const last = known.at(-1)!;
    return last[from] ? (last[to] * at) / last[from] : last[to];
  }
  if (after[from] === at) return after[to];
  const before = known[low - 1] ?? [0, 0];
  return before[to] + ((after[to] - before[to]) * (at - before[from])) / (after[from] - before[from]);
}

/** The unit of a time axis that holds all of them. */
export function timeUnit(all: readonly ChartSeries[]): { name: string; seconds: number } {
  const longest = Math.max(0, ...all.map(({ series, start, end = series.time.at(-1) ?? start }) => end - start));
  if (longest >= 2 * 86_400) return { name: 'd', seconds: 86_400 };
  if (longest >= 2 * 3_600) return { name: 'h', seconds: 3_600 };
  return longest >= 120 ? { name: 'min', seconds: 60 } : { name: 's', seconds: 1 };
}

/** What the values are: the title of the chart says of which layer. */
function quantity(base: string): string {
  const parts = base.split('/');
  return isOfLayer(base) ? parts[0]!.replaceAll('_', ' ') : parts.at(-1)!;
}

function axisName(x: Horizontal, words: Words): string {
  return { step: words.byStep, epoch: words.byEpoch, time: words.byTime }[x];
}

function axis(label: string, unit: string, scale: 'linear' | 'log', integers: boolean): NonNullable<Panel['x']> {
  return { type: 'axis', label, unit, scale, domain: null, categories: [], integers };
}

type Look = Partial<Omit<Line, 'type' | 'x' | 'y'>>;

function line(x: Float64Array, y: Float64Array, look: Look): Line {
  return {
    type: 'line',
    x: array(x),
    y: array(y),
    label: '',
    tone: 0,
    low: null,
    high: null,
    band_label: '',
    dash: 'solid',
    faint: false,
    markers: false,
    ids: null,
    ...look,
  };
}

export function array(data: Float64Array): NumberArray {
  return { kind: 'float', data, shape: [data.length] };
}

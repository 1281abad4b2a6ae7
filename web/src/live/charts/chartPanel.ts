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
  /** Increasing [step, epoch] of the run. */
  epochs: readonly (readonly [step: number, epoch: number])[];
  /** When the run began, in seconds since 1970. */
  start: number;
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
  const curves = all.map((each) => ({ each, x: placesOf(each, options.x, unit.seconds), y: each.series.value }));
  const marks = several && options.mean ? means(curves, options, words) : [];
  const alone = !several && all.length === 1 && splitName(all[0]!.metric)[0] === all[0]!.metric;
  const tones = several ? new Map<string, Tone>() : tonesOf(all);
  if (!marks.length) for (const curve of curves) marks.push(...linesOf(curve, options, several, tones));
  const clipped = options.clip && !options.log ? clipping(curves.map(({ y }) => y)) : null;
  const base = splitName(all[0]?.metric ?? '')[0];
  // One curve is named by the title of its chart.
  if (alone) for (const mark of marks) mark.label = '';
  return {
    type: 'panel',
    marks,
    x: axis(axisName(options.x, words), options.x === 'time' ? unit.name : '', 'linear', options.x !== 'time'),
    y: {
      ...axis(term(quantity(base)), '', options.log ? 'log' : 'linear', false),
      domain: clipped ? [clipped.low, clipped.high] : null,
    },
    title: '',
    note: clipped ? words.outliersNote(clipped.outside, clipped.total) : '',
  };
}

interface Curve {
  each: ChartSeries;
  x: Float64Array;
  y: Float64Array;
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
  { each, x, y }: Curve,
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
  if (!smoothing) return [line(x, y, { ...look, markers: y.length <= MARKERS_UP_TO })];
  const raw = line(x, y, { ...look, faint: true });
  return [raw, line(x, smoothed(y, smoothing), look)];
}

/** One mean per metric of the chart. */
function means(curves: readonly Curve[], options: ChartOptions, words: Words): Line[] {
  const { smoothing } = options;
  const metrics = [...new Set(curves.map(({ each }) => each.metric))];
  return metrics.flatMap((metric) => {
    const members = curves.filter(({ each }) => each.metric === metric);
    const band = meanBand(members);
    if (!band) return members.flatMap((curve) => linesOf(curve, options, true, new Map()));
    const split = splitName(metric)[1];
    const smooth = (values: Float64Array) => (smoothing ? smoothed(values, smoothing) : values);
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

function placesOf({ series, epochs, start }: ChartSeries, x: Horizontal, seconds: number): Float64Array {
  switch (x) {
    case 'step':
      return series.step;
    case 'epoch':
      return epochs.length ? series.step.map((step) => epochAt(epochs, step)) : series.step;
    case 'time':
      return series.time.map((time) => (time - start) / seconds);
  }
}

/** Epochs between those that were recorded lie on the straight line between them. */
export function epochAt(epochs: ChartSeries['epochs'], step: number): number {
  let before: readonly [number, number] = [0, 0];
  for (const known of epochs) {
    if (known[0] === step) return known[1];
    if (known[0] > step) {
      return before[1] + ((known[1] - before[1]) * (step - before[0])) / (known[0] - before[0]);
    }
    before = known;
  }
  const last = epochs.at(-1)!;
  return last[0] ? (last[1] * step) / last[0] : last[1];
}

function timeUnit(all: readonly ChartSeries[]): { name: string; seconds: number } {
  const longest = Math.max(0, ...all.map(({ series, start }) => (series.time.at(-1) ?? start) - start));
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

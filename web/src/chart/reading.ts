/** What the pointer reads: the values of every series at the nearest x, or the thing it is on. */

import type { CartesianMark, Line } from '../data/types';
import * as bars from '../marks/cartesian/bars';
import * as line from '../marks/cartesian/line';
import * as matrix from '../marks/cartesian/matrix';
import * as points from '../marks/cartesian/points';
import * as wave from '../marks/cartesian/wave';
import { toneColor } from '../state/colors';
import { formatValue } from './format';
import { axisTitle, contains, nameAt, type Frame, type Hit, type Rect } from './frame';
import type { Layer } from './paint';
import type { Scene } from './scene';
import { language } from '../words/language.svelte';

export interface Reading {
  title: string;
  lines: { label?: string; value: string; color?: string }[];
  image?: HTMLCanvasElement;
  /** Pixel of the vertical hair; null without one. */
  hair: number | null;
  dots: { x: number; y: number; color: string }[];
  outline: Rect | null;
  /** The element under the pointer, which a click selects. */
  target: { mark: CartesianMark; element: number } | null;
}

const SERIES_AT_MOST = 14;
/** A line counts as clicked within this distance. */
const CLICK_REACH = 10;

export function readAt(
  scene: Scene,
  layers: readonly Layer[],
  px: number,
  py: number,
): Reading | null {
  if (scene.lower && contains(scene.lower.frame.plot, px, py)) {
    return readSpectrogram(scene.lower.frame, layers, px, py);
  }
  if (!contains(scene.frame.plot, px, py)) return null;
  const shown = layers.filter((layer) => !layer.hidden).reverse();
  const hits = shown.flatMap((layer) => {
    const hit = hitOf(layer, scene.frame, px, py);
    return hit ? [{ mark: layer.mark, hit }] : [];
  });
  const point = hits.find(({ mark }) => mark.type === 'points');
  if (point) return fromHits([point]);
  const lines = shown.map((layer) => layer.mark).filter((mark) => mark.type === 'line').reverse();
  if (lines.length) return joined(readLines(lines, scene.frame, px, py), hits);
  return hits.length ? fromHits(hits) : readWave(layers, scene.frame, px);
}

function hitOf(layer: Layer, frame: Frame, px: number, py: number): Hit | null {
  const { mark } = layer;
  switch (mark.type) {
    case 'points':
      return points.hit(mark, frame, px, py, layer.hiddenClasses);
    case 'matrix':
      return matrix.hit(mark, frame, px, py);
    case 'bars':
      return bars.hit(mark, frame, px, py, layer.slot);
    default:
      return null;
  }
}

function fromHits(hits: readonly { mark: CartesianMark; hit: Hit }[]): Reading {
  const { mark, hit } = hits[0]!;
  const round = !('width' in hit.spot);
  return {
    title: hit.title,
    lines: hits.flatMap((each) => each.hit.lines),
    ...(hit.image && { image: hit.image }),
    hair: null,
    dots: round ? [{ ...(hit.spot as { x: number; y: number }), color: hit.lines[0]?.color ?? '' }] : [],
    outline: round ? null : (hit.spot as Rect),
    target: { mark, element: hit.element },
  };
}

/** Curves over bars: the values of both. */
function joined(
  reading: Reading | null,
  hits: readonly { mark: CartesianMark; hit: Hit }[],
): Reading | null {
  if (!reading || !hits.length) return reading ?? (hits.length ? fromHits(hits) : null);
  const below = fromHits(hits);
  const lines = [...reading.lines, ...below.lines];
  return { ...reading, lines, outline: below.outline, target: reading.target ?? below.target };
}

interface LineReading {
  mark: Line;
  index: number;
  x: number;
  y: number;
  color: string;
}

function readLines(
  lines: readonly Line[],
  frame: Frame,
  px: number,
  py: number,
): Reading | null {
  const found = lines.flatMap((mark): LineReading[] => {
    const index = line.nearestIndex(mark, frame, px, py);
    if (index < 0) return [];
    const x = frame.x.at(mark.x.data[index]!);
    const y = frame.y.at(mark.y.data[index]!);
    return [{ mark, index, x, y, color: toneColor(mark.tone, frame.theme) }];
  });
  if (!found.length) return null;
  const nearest = found.reduce((a, b) => (Math.abs(b.x - px) < Math.abs(a.x - px) ? b : a));
  const value = nearest.mark.x.data[nearest.index]!;
  const listed = mostRelevant(found, nearest, py);
  const rest = found.length - listed.length;
  const target = clickTarget(found, px, py);
  return {
    title: `${axisTitle(frame.xAxis)}: ${nameAt(frame.xAxis, value, formatValue)}`,
    lines: [
      ...listed.map((each) => describe(each, value, frame)),
      ...(rest > 0 ? [{ value: language.words.andMore(rest) }] : []),
    ],
    hair: nearest.x,
    dots: listed.filter(({ y }) => Number.isFinite(y)),
    outline: null,
    target,
  };
}

/** With many curves, those nearest to the pointer; listed in the order of the legend. */
function mostRelevant(
  found: readonly LineReading[],
  nearest: LineReading,
  py: number,
): LineReading[] {
  const here = found.filter(({ x }) => Math.abs(x - nearest.x) < 40);
  if (here.length <= SERIES_AT_MOST) return here;
  const away = ({ y }: LineReading) => (Number.isFinite(y) ? Math.abs(y - py) : Infinity);
  const closest = new Set([...here].sort((a, b) => away(a) - away(b)).slice(0, SERIES_AT_MOST));
  return here.filter((each) => closest.has(each));
}

function describe({ mark, index, color }: LineReading, x: number, frame: Frame): Reading['lines'][0] {
  const own = mark.x.data[index]!;
  const elsewhere = own === x ? '' : language.words.at(formatValue(own));
  const band =
    mark.low && mark.high
      ? language.words.between(formatValue(mark.low.data[index]!), formatValue(mark.high.data[index]!))
      : '';
  const written = nameAt(frame.yAxis, mark.y.data[index]!, formatValue);
  return { label: mark.label || axisTitle(frame.yAxis), value: written + band + elsewhere, color };
}

function clickTarget(found: readonly LineReading[], px: number, py: number): Reading['target'] {
  const near = found
    .map((each) => ({ each, distance: Math.abs(each.y - py) }))
    .filter(({ each, distance }) => distance <= CLICK_REACH && Math.abs(each.x - px) < 40)
    .sort((a, b) => a.distance - b.distance)[0];
  return near ? { mark: near.each.mark, element: near.each.index } : null;
}

function readWave(layers: readonly Layer[], frame: Frame, px: number): Reading | null {
  const layer = layers.find(({ mark, hidden }) => mark.type === 'wave' && !hidden);
  if (layer?.mark.type !== 'wave') return null;
  const time = frame.x.invert(px);
  const index = Math.round(time * layer.mark.rate_hz);
  const value = layer.mark.samples.data[index];
  if (value === undefined) return null;
  const color = toneColor(0, frame.theme);
  return {
    title: `${axisTitle(frame.xAxis)}: ${formatValue(index / layer.mark.rate_hz)}`,
    lines: [{ label: axisTitle(frame.yAxis), value: formatValue(value), color }],
    hair: px,
    dots: [{ x: px, y: frame.y.at(value), color }],
    outline: null,
    target: { mark: layer.mark, element: 0 },
  };
}

function readSpectrogram(
  frame: Frame,
  layers: readonly Layer[],
  px: number,
  py: number,
): Reading | null {
  const sound = layers.find(({ mark, hidden }) => mark.type === 'wave' && !hidden)?.mark;
  const grid = sound?.type === 'wave' ? wave.spectrogramOf(sound) : null;
  const hit = grid && matrix.hit(grid, frame, px, py);
  return hit ? { ...fromHits([{ mark: sound!, hit: { ...hit, element: 0 } }]), hair: px } : null;
}

/** Where everything in a panel goes: domains, margins, scales and ticks. */

import type { Axis, CartesianMark, Panel, Theme } from '../data/types';
import * as bars from '../marks/cartesian/bars';
import * as line from '../marks/cartesian/line';
import * as matrix from '../marks/cartesian/matrix';
import * as points from '../marks/cartesian/points';
import * as wave from '../marks/cartesian/wave';
import { padded, union } from './extent';
import type { AxisTicks, Extent, Frame, Inks, Rect } from './frame';
import { makeScale, type Scale, type Span } from './scale';
import { categoryTicks, ellipsis, numericTicks, type Measure, type Tick } from './ticks';

/** The part of the axes the reader zoomed to; null for all. */
export interface Zoom {
  x: Span | null;
  y: Span | null;
}

export interface Scene {
  width: number;
  height: number;
  frame: Frame;
  xTicks: AxisTicks;
  yTicks: AxisTicks;
  /** No mark has a finite value: there is nothing to see, and the panel says so. */
  empty: boolean;
  /** The spectrogram of a sound, under its wave. */
  lower: { frame: Frame; yTicks: AxisTicks } | null;
}

export interface SceneOptions {
  /** The marks that are not switched off; if none is left, all count for the domains. */
  visible: readonly CartesianMark[];
  width: number;
  height: number;
  zoom: Zoom;
  theme: Theme;
  inks: Inks;
  ratio: number;
  measure: Measure;
}

export const TOP = 32;
export const RIGHT = 14;
export const BELOW_TICKS = 20;
export const TICK_HEIGHT = 18;
const GAP = 42;
const SLANTED_MAX = 76;
/** Least distance of slanted names, across. */
const SLANTED_ROOM = 21;
/** Names with this much room are cut rather than slanted. */
const FLAT_ROOM = 72;
export const SLANT = Math.PI / 4;

export function extentOfMark(mark: CartesianMark, logX: boolean, logY: boolean): Extent {
  switch (mark.type) {
    case 'line':
      return line.extent(mark, logX, logY);
    case 'points':
      return points.extent(mark, logX, logY);
    case 'bars':
      return bars.extent(mark, logX, logY);
    case 'matrix':
      return matrix.extent(mark);
    case 'wave':
      return wave.extent(mark);
  }
}

interface FullDomains {
  x: Span;
  y: Span;
  empty: boolean;
}

/** Domains that show everything, where the axes do not set their own. */
export function fullDomains(panel: Panel, visible: readonly CartesianMark[]): FullDomains {
  const [x, y] = [panel.x!, panel.y!];
  const marks = visible.length ? visible : (panel.marks as readonly CartesianMark[]);
  const extents = marks.map((mark) => extentOfMark(mark, x.scale === 'log', y.scale === 'log'));
  const joined = extents.reduce((one, other) => ({
    x: union(one.x, other.x),
    y: union(one.y, other.y),
    roomX: Math.max(one.roomX, other.roomX),
    roomY: Math.max(one.roomY, other.roomY),
  }));
  const upright = marks.some((mark) => mark.type === 'bars' && !mark.horizontal);
  const lying = marks.some((mark) => mark.type === 'bars' && mark.horizontal);
  return {
    x: axisDomain(x, joined.x, joined.roomX, lying),
    y: axisDomain(y, joined.y, joined.roomY, upright),
    empty: !joined.x || !joined.y,
  };
}

function axisDomain(axis: Axis, data: Span | null, room: number, fromZero: boolean): Span {
  if (axis.scale === 'category') return [-0.5, axis.categories.length - 0.5];
  if (axis.domain && axis.domain[0] !== axis.domain[1]) return axis.domain;
  const kind = axis.scale;
  if (room === 0 && data && data[0] < data[1] && (kind === 'linear' || data[0] > 0)) return data;
  const [low, high] = padded(kind === 'log' && data && data[0] <= 0 ? null : data, kind, room);
  if (!fromZero || kind === 'log' || !data) return [low, high];
  // Bars stand on zero: no room on its other side.
  return [data[0] >= 0 ? 0 : low, data[1] <= 0 ? 0 : high === low ? low + 1 : high];
}

/** Whether the y axis runs downwards: categories and the rows of a matrix do. */
export function runsDown(panel: Panel): boolean {
  if (panel.y!.scale === 'category') return true;
  const grid = panel.marks.find((mark) => mark.type === 'matrix');
  return grid?.type === 'matrix' && matrix.runsDown(grid);
}

export function makeScene(panel: Panel, options: SceneOptions): Scene {
  const { width, height, zoom, measure } = options;
  const [xAxis, yAxis] = [panel.x!, panel.y!];
  const full = fullDomains(panel, options.visible);
  const xDomain = fitting(zoom.x, xAxis) ?? full.x;
  const yDomain = fitting(zoom.y, yAxis) ?? full.y;
  const sound = panel.marks.find((mark) => mark.type === 'wave');
  const spectrogram = sound?.type === 'wave' ? wave.spectrogramOf(sound) : null;

  // The left margin needs the y ticks, whose room depends on the bottom margin, and so on:
  // one round with a guess is enough.
  const guess = heightOfPlots(height, TICK_HEIGHT, spectrogram !== null);
  const yScale = (rect: { top: number; height: number }, domain: Span, axis: Axis, down: boolean) =>
    makeScale(axis.scale, domain, down ? [rect.top, rect.top + rect.height] : [rect.top + rect.height, rect.top]);
  const down = runsDown(panel);
  const roomForNames = Math.min(150, 0.34 * width);
  let yTicks = upTicks(yAxis, yScale({ top: TOP, height: guess }, yDomain, yAxis, down), roomForNames, measure);
  const lowerAxis = frequencyAxis();
  const widest = Math.max(0, ...yTicks.map((tick) => measure(tick.label)));
  const left = Math.max(30, Math.ceil(widest) + 10);
  const plotWidth = Math.max(40, width - left - RIGHT);
  const xScale = makeScale(xAxis.scale, xDomain, [left, left + plotWidth]);
  const xTicks = acrossTicks(xAxis, xScale, measure);
  const bottom = xTicks.slanted ? slantedHeight(xTicks.ticks, measure) : TICK_HEIGHT;
  const plotHeight = heightOfPlots(height, bottom, spectrogram !== null);
  const plot = { left, top: TOP, width: plotWidth, height: plotHeight };
  const y = yScale(plot, yDomain, yAxis, down);
  yTicks = upTicks(yAxis, y, roomForNames, measure);

  const shared = { x: xScale, theme: options.theme, inks: options.inks, ratio: options.ratio, xAxis };
  const frame: Frame = { ...shared, y, plot, yAxis };
  const scene = { width, height, frame, xTicks, yTicks: level(yTicks), empty: full.empty };
  if (!spectrogram) return { ...scene, lower: null };

  const under: Rect = { ...plot, top: plot.top + plot.height + GAP };
  const frequencies = matrix.extent(spectrogram).y!;
  const lowerY = yScale(under, frequencies, lowerAxis, false);
  const lowerTicks = upTicks(lowerAxis, lowerY, roomForNames, measure);
  const lower = { frame: { ...shared, y: lowerY, plot: under, yAxis: lowerAxis }, yTicks: level(lowerTicks) };
  return { ...scene, lower };
}

/** A part that reaches below zero is none of an axis that became logarithmic. */
function fitting(part: Span | null, axis: Axis): Span | null {
  return part && axis.scale === 'log' && Math.min(...part) <= 0 ? null : part;
}

function heightOfPlots(height: number, bottom: number, two: boolean): number {
  const room = height - TOP - bottom - BELOW_TICKS - 4;
  return Math.max(40, two ? (room - GAP) / 2 : room);
}

function level(ticks: Tick[]): AxisTicks {
  return { ticks, slanted: false };
}

function frequencyAxis(): Axis {
  return {
    type: 'axis',
    label: 'frequency',
    unit: 'kHz',
    scale: 'linear',
    domain: null,
    categories: [],
    integers: false,
  };
}

function upTicks(axis: Axis, scale: Scale, room: number, measure: Measure): Tick[] {
  const length = Math.abs(scale.range[1] - scale.range[0]);
  if (axis.scale !== 'category') {
    return numericTicks(scale, Math.max(2, Math.min(6, length / 44)), axis.integers);
  }
  return shortened(categoryTicks(scale, axis.categories, 14), room, measure);
}

function shortened(ticks: readonly Tick[], room: number, measure: Measure): Tick[] {
  return ticks.map(({ value, label }) => ({ value, label: ellipsis(label, room, measure) }));
}

function acrossTicks(axis: Axis, scale: Scale, measure: Measure): AxisTicks {
  const length = scale.range[1] - scale.range[0];
  if (axis.scale !== 'category') {
    let count = Math.max(2, Math.min(10, length / 70));
    let ticks = numericTicks(scale, count, axis.integers);
    while (count > 2 && crowded(ticks, scale, measure)) {
      count -= 1;
      ticks = numericTicks(scale, count, axis.integers);
    }
    return level(ticks);
  }
  const flat = categoryTicks(scale, axis.categories, 1);
  const spacing = Math.abs(scale.at(1) - scale.at(0));
  if (!crowded(flat, scale, measure)) return level(flat);
  if (spacing >= FLAT_ROOM) return level(shortened(flat, spacing - 10, measure));
  if (areNumbers(axis.categories)) {
    const widest = Math.max(...axis.categories.map(measure));
    return level(categoryTicks(scale, axis.categories, widest + 10));
  }
  const slanted = categoryTicks(scale, axis.categories, SLANTED_ROOM);
  const cut = slanted.map(({ value, label }) => ({
    value,
    label: ellipsis(label, Math.min(SLANTED_MAX / Math.sin(SLANT), slantRoom(scale, value)), measure),
  }));
  return { ticks: cut, slanted: true };
}

/** A slanted name ends under its tick: the first ones must not leave the panel on the left. */
function slantRoom(scale: Scale, value: number): number {
  return Math.max(40, (scale.at(value) - 2) / Math.cos(SLANT));
}

function areNumbers(names: readonly string[]): boolean {
  return names.every((name) => name !== '' && Number.isFinite(Number(name)));
}

function crowded(ticks: readonly Tick[], scale: Scale, measure: Measure): boolean {
  const edges = ticks.map(({ value, label }) => {
    const half = measure(label) / 2;
    return [scale.at(value) - half, scale.at(value) + half] as const;
  });
  return edges.some(([start], i) => i > 0 && start < edges[i - 1]![1] + 8);
}

function slantedHeight(ticks: readonly Tick[], measure: Measure): number {
  const widest = Math.max(0, ...ticks.map((tick) => measure(tick.label)));
  return Math.min(SLANTED_MAX, widest * Math.sin(SLANT)) + 16;
}

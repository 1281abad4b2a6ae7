import type { Axis, Theme } from '../data/types';
import type { Scale, Span } from './scale';
import type { Tick } from './ticks';

export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Colours of everything that is not data, read from the stylesheet. */
export interface Inks {
  /** Text. */
  ink: string;
  /** Titles of axes, ticks. */
  soft: string;
  /** Grid lines. */
  grid: string;
  /** The line the bars stand on. */
  axis: string;
  /** What lies behind the data. */
  ground: string;
  accent: string;
}

/** Everything a mark needs to know to draw itself: where, how large, in which colours. */
export interface Frame {
  x: Scale;
  y: Scale;
  plot: Rect;
  theme: Theme;
  inks: Inks;
  /** Device pixels per CSS pixel. */
  ratio: number;
  xAxis: Axis;
  yAxis: Axis;
}

/** What a mark asks of the domains of its axes. */
export interface Extent {
  x: Span | null;
  y: Span | null;
  /** Room around the data, as a share of its width; 0 for marks that fill their space. */
  roomX: number;
  roomY: number;
}

/** Something found under the pointer. */
export interface Hit {
  /** Position in the mark: point, cell (row by row) or bar. */
  element: number;
  /** Pixels from the pointer. */
  distance: number;
  title: string;
  lines: { label?: string; value: string; color?: string }[];
  image?: HTMLCanvasElement;
  /** What to ring: a point, or a rectangle. */
  spot: { x: number; y: number } | Rect;
}

export interface AxisTicks {
  ticks: Tick[];
  /** Names of an x axis that only fit slanted. */
  slanted: boolean;
}

export function contains(rect: Rect, x: number, y: number): boolean {
  return (
    x >= rect.left && x <= rect.left + rect.width && y >= rect.top && y <= rect.top + rect.height
  );
}

/** Position on an axis in words: the name of a category, or the number. */
export function nameAt(axis: Axis, value: number, write: (value: number) => string): string {
  return axis.scale === 'category' ? (axis.categories[Math.round(value)] ?? '') : write(value);
}

/** Label with its unit, as in Python: `wall time (s)`. */
export function axisTitle(axis: Axis): string {
  return axis.unit ? `${axis.label} (${axis.unit})` : axis.label;
}

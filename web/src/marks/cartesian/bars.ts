/** Bars at categories, and histograms between edges; upright or lying. */

import { extentOf } from '../../chart/extent';
import { formatValue } from '../../chart/format';
import { nameAt, type Extent, type Frame, type Hit, type Rect } from '../../chart/frame';
import type { Corner } from '../../chart/lasso';
import { ordered } from '../../chart/ticks';
import type { Axis, Bars } from '../../data/types';
import { rgb, toneColor } from '../../state/colors';
import { readable } from './matrix';

const THICKNESS = 0.76;
const DIMMED = 0.18;

/** Which of the bars that stand side by side at a category these are. */
export interface Slot {
  index: number;
  count: number;
}

export function extent(mark: Bars, logX: boolean, logY: boolean): Extent {
  const logValues = mark.horizontal ? logX : logY;
  const heights = extentOf(mark.heights.data, logValues);
  const values: [number, number] | null = heights && [
    logValues ? heights[0] / 2 : Math.min(0, heights[0]),
    logValues ? heights[1] : Math.max(0, heights[1]),
  ];
  const count = mark.heights.data.length;
  const places = mark.edges
    ? extentOf(mark.edges.data, mark.horizontal ? logY : logX)
    : ([-0.5, count - 0.5] as const);
  const room = mark.text ? (mark.horizontal ? 0.12 : 0.08) : 0.05;
  return mark.horizontal
    ? { x: values, y: places, roomX: room, roomY: 0 }
    : { x: places, y: values, roomX: 0, roomY: room };
}

export function draw(
  context: CanvasRenderingContext2D,
  mark: Bars,
  frame: Frame,
  bright: Uint8Array | null,
  slot: Slot,
): void {
  const several = slot.count > 1;
  context.save();
  for (let i = 0; i < mark.heights.data.length; i++) {
    const rect = rectangle(mark, frame, i, slot);
    if (!rect) continue;
    context.globalAlpha = bright && !bright[i] ? DIMMED : mark.edges && several ? 0.6 : 1;
    context.fillStyle = colorOf(mark, frame, i);
    context.fillRect(rect.left, rect.top, rect.width, rect.height);
  }
  context.globalAlpha = 1;
  drawBaseline(context, mark, frame);
  if (mark.text) drawTexts(context, mark, frame, slot);
  context.restore();
}

function colorOf(mark: Bars, frame: Frame, i: number): string {
  return toneColor(mark.tones?.[i] ?? mark.tone, frame.theme);
}

/** The line the bars stand on, where it is not the edge of the panel. */
function drawBaseline(context: CanvasRenderingContext2D, mark: Bars, frame: Frame): void {
  const across = mark.horizontal ? frame.x : frame.y;
  if (across.kind === 'log') return;
  const zero = Math.round(across.at(0)) + 0.5;
  const { left, top, width, height } = frame.plot;
  context.strokeStyle = frame.inks.axis;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(mark.horizontal ? zero : left, mark.horizontal ? top : zero);
  context.lineTo(mark.horizontal ? zero : left + width, mark.horizontal ? top + height : zero);
  context.stroke();
}

function drawTexts(
  context: CanvasRenderingContext2D,
  mark: Bars,
  frame: Frame,
  slot: Slot,
): void {
  context.font = `11px ${getComputedStyle(context.canvas).fontFamily}`;
  context.fillStyle = frame.inks.ink;
  context.textBaseline = mark.horizontal ? 'middle' : 'bottom';
  context.textAlign = mark.horizontal ? 'left' : 'center';
  if (!mark.horizontal && !fitAbove(context, mark, frame, slot)) return;
  for (const [i, text] of mark.text!.entries()) {
    const rect = rectangle(mark, frame, i, slot);
    if (!rect) continue;
    const negative = mark.heights.data[i]! < 0;
    if (mark.horizontal) {
      if (rect.height >= 8) placeBeside(context, text, rect, frame, negative, colorOf(mark, frame, i));
    } else {
      placeAbove(context, text, rect, frame, negative);
    }
  }
}

/** Texts above bars are all written or none: some alone would mislead. A bar still tells its own. */
function fitAbove(
  context: CanvasRenderingContext2D,
  mark: Bars,
  frame: Frame,
  slot: Slot,
): boolean {
  const widest = Math.max(0, ...mark.text!.map((text) => context.measureText(text).width));
  const [left, right] = mark.edges ? binPixels(mark, frame.x, 0) : [frame.x.at(0), frame.x.at(1)];
  return widest + 4 <= Math.abs(right - left) / (mark.edges ? 1 : slot.count);
}

function placeAbove(
  context: CanvasRenderingContext2D,
  text: string,
  rect: Rect,
  frame: Frame,
  negative: boolean,
): void {
  const { top, height } = frame.plot;
  const below = Math.min(rect.top + rect.height + 14, top + height);
  context.fillText(text, rect.left + rect.width / 2, negative ? below : Math.max(rect.top - 3, top + 11));
}

/** A text at the end of a lying bar; inside the bar where it would leave the panel. */
function placeBeside(
  context: CanvasRenderingContext2D,
  text: string,
  rect: Rect,
  frame: Frame,
  negative: boolean,
  barColor: string,
): void {
  const { left, width } = frame.plot;
  const wide = context.measureText(text).width;
  const after = rect.left + rect.width + 5;
  const before = rect.left - 5 - wide;
  const outside = negative ? before >= left : after + wide <= left + width;
  const inside = negative ? Math.max(rect.left, left) + 4 : Math.min(after, left + width) - wide - 9;
  const x = outside ? (negative ? before : after) : inside;
  const ink = context.fillStyle;
  context.fillStyle = outside ? ink : readable(rgb(barColor));
  context.fillText(text, x, rect.top + rect.height / 2);
  context.fillStyle = ink;
}

/** Pixels of a bar; null if its height is no number. */
function rectangle(mark: Bars, frame: Frame, i: number, slot: Slot): Rect | null {
  const [along, across] = mark.horizontal ? [frame.y, frame.x] : [frame.x, frame.y];
  const height = mark.heights.data[i]!;
  if (Number.isNaN(height)) return null;
  const zero = across.kind === 'log' ? across.range[0] : across.at(0);
  const limit = height > 0 ? across.range[1] : across.range[0];
  const end = Number.isFinite(across.at(height)) ? across.at(height) : limit;
  const [start, stop] = ordered(mark.edges ? binPixels(mark, along, i) : slotPixels(along, i, slot));
  const [near, far] = ordered([zero, end]);
  return mark.horizontal
    ? { left: near, top: start, width: far - near, height: stop - start }
    : { left: start, top: near, width: stop - start, height: far - near };
}

function binPixels(mark: Bars, along: Frame['x'], i: number): [number, number] {
  const [start, stop] = ordered([along.at(mark.edges!.data[i]!), along.at(mark.edges!.data[i + 1]!)]);
  // A hair of ground between bins, where there is room for it.
  return stop - start > 4 ? [start, stop - 1] : [start, stop];
}

function slotPixels(along: Frame['x'], i: number, slot: Slot): [number, number] {
  const width = THICKNESS / slot.count;
  const start = i - THICKNESS / 2 + slot.index * width;
  return [along.at(start), along.at(start + width * (slot.count > 1 ? 0.92 : 1))];
}

export function hit(mark: Bars, frame: Frame, px: number, py: number, slot: Slot): Hit | null {
  const along = mark.horizontal ? frame.y : frame.x;
  const pointer = mark.horizontal ? py : px;
  const element = elementAt(mark, along.invert(pointer));
  if (element < 0) return null;
  const spot = rectangle(mark, frame, element, slot);
  const value = formatValue(mark.heights.data[element]!);
  const axis = mark.horizontal ? frame.yAxis : frame.xAxis;
  const values = mark.horizontal ? frame.xAxis : frame.yAxis;
  const label = mark.label || values.label;
  const color = colorOf(mark, frame, element);
  const empty = { left: px, top: py, width: 0, height: 0 };
  const note = mark.text?.[element];
  const written = note && note !== value ? `${value} · ${note}` : value;
  return {
    element,
    distance: 0,
    title: `${axis.label}: ${placeName(mark, axis, element)}`,
    lines: [{ label, value: written, color }],
    spot: spot ?? empty,
  };
}

function elementAt(mark: Bars, value: number): number {
  const count = mark.heights.data.length;
  if (!mark.edges) {
    const nearest = Math.round(value);
    return nearest >= 0 && nearest < count ? nearest : -1;
  }
  const edges = mark.edges.data;
  for (let i = 0; i < count; i++) if (value >= edges[i]! && value < edges[i + 1]!) return i;
  return value === edges[count] ? count - 1 : -1;
}

function placeName(mark: Bars, axis: Axis, element: number): string {
  if (!mark.edges) return nameAt(axis, element, formatValue);
  const [from, to] = [mark.edges.data[element]!, mark.edges.data[element + 1]!];
  return `${formatValue(from)} to ${formatValue(to)}`;
}

/** The bars that an outline spans along the axis they stand on, as a brush over a histogram does. */
export function within(mark: Bars, frame: Frame, outline: readonly Corner[], slot: Slot): number[] {
  const along = outline.map(({ x, y }) => (mark.horizontal ? y : x));
  const [low, high] = [Math.min(...along), Math.max(...along)];
  const found: number[] = [];
  for (let i = 0; i < mark.heights.data.length; i++) {
    const rect = rectangle(mark, frame, i, slot);
    if (!rect) continue;
    const start = mark.horizontal ? rect.top : rect.left;
    const length = mark.horizontal ? rect.height : rect.width;
    if (start <= high && start + length >= low) found.push(i);
  }
  return found;
}

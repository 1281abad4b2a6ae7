/** Curves: thinned to the pixels, with bands, and with a sign for every value that is no number. */

import { thin, type Thinned } from '../../chart/decimate';
import { extentOf, isSorted, nearestSorted, union } from '../../chart/extent';
import type { Extent, Frame } from '../../chart/frame';
import { ordered } from '../../chart/ticks';
import type { Line } from '../../data/types';
import { toneColor } from '../../state/colors';

const DASHES = { solid: [], dash: [6, 4], dot: [1.5, 3.5] };
const DIMMED = 0.15;

export function extent(mark: Line, logX: boolean, logY: boolean): Extent {
  let y = extentOf(mark.y.data, logY);
  for (const edge of [mark.low, mark.high]) if (edge) y = union(y, extentOf(edge.data, logY));
  return { x: extentOf(mark.x.data, logX), y, roomX: mark.markers ? 0.02 : 0, roomY: 0.05 };
}

export function draw(
  context: CanvasRenderingContext2D,
  mark: Line,
  frame: Frame,
  bright: Uint8Array | null,
  crowded: boolean,
): void {
  const kept = keptPoints(mark, frame);
  const color = toneColor(mark.tone, frame.theme);
  const whole = bright !== null && bright.every((value) => value === bright[0]);
  const dimmed = bright !== null && !(whole && bright[0]);
  context.save();
  context.globalAlpha = dimmed ? DIMMED : 1;
  context.strokeStyle = context.fillStyle = color;
  if (mark.low && mark.high) drawBand(context, mark, frame, dimmed);
  // What is selected among many stands out.
  context.lineWidth = mark.faint || (crowded && !(whole && bright[0])) ? 1 : 1.75;
  drawCurve(context, mark, frame, kept);
  if (mark.markers) drawDots(context, mark, frame, kept, 2.5);
  drawNonFinite(context, mark, frame, kept);
  if (bright && !whole) drawBright(context, mark, frame, bright);
  context.restore();
}

/** Pixels of the reading nearest to the pointer along x; null where the line has no points. */
export function nearestIndex(mark: Line, frame: Frame, px: number, py: number): number {
  const x = mark.x.data;
  if (isSorted(x)) return nearestSorted(x, frame.x.invert(px));
  const y = mark.y.data;
  let best = -1;
  let least = Infinity;
  for (let i = 0; i < x.length; i++) {
    const distance = Math.hypot(frame.x.at(x[i]!) - px, frame.y.at(y[i]!) - py);
    if (distance < least) [least, best] = [distance, i];
  }
  return best;
}

function keptPoints(mark: Line, frame: Frame): Thinned {
  const x = mark.x.data;
  if (!isSorted(x)) {
    return Array.from(x, (_, i) => i);
  }
  const [low, high] = ordered(frame.x.domain);
  return thin(x, mark.y.data, low, high, (value) => frame.x.at(value) * frame.ratio);
}

function drawCurve(
  context: CanvasRenderingContext2D,
  mark: Line,
  frame: Frame,
  indices: Thinned,
): void {
  const [x, y] = [mark.x.data, mark.y.data];
  context.globalAlpha *= mark.faint ? 0.35 : 1;
  context.lineJoin = context.lineCap = 'round';
  context.setLineDash(DASHES[mark.dash]);
  context.beginPath();
  let open = false;
  for (let k = 0; k < indices.length; k++) {
    const px = frame.x.at(x[indices[k]!]!);
    const py = frame.y.at(y[indices[k]!]!);
    const drawn = Number.isFinite(px) && Number.isFinite(py);
    if (drawn && open) context.lineTo(px, py);
    else if (drawn) context.moveTo(px, py);
    open = drawn;
  }
  context.stroke();
  context.setLineDash([]);
}

function drawDots(
  context: CanvasRenderingContext2D,
  mark: Line,
  frame: Frame,
  indices: Thinned,
  radius: number,
): void {
  context.beginPath();
  for (let k = 0; k < indices.length; k++) {
    const px = frame.x.at(mark.x.data[indices[k]!]!);
    const py = frame.y.at(mark.y.data[indices[k]!]!);
    if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
    context.moveTo(px + radius, py);
    context.arc(px, py, radius, 0, 2 * Math.PI);
  }
  context.fill();
}

function drawBand(
  context: CanvasRenderingContext2D,
  mark: Line,
  frame: Frame,
  dimmed: boolean,
): void {
  const x = mark.x.data;
  const [low, high] = [mark.low!.data, mark.high!.data];
  const [start, end] = ordered(frame.x.domain);
  const columnOf = (value: number) => frame.x.at(value) * frame.ratio;
  const upper = isSorted(x) ? thin(x, high, start, end, columnOf) : keptPoints(mark, frame);
  const lower = isSorted(x) ? thin(x, low, start, end, columnOf) : [...upper];
  const before = context.globalAlpha;
  context.globalAlpha = dimmed ? 0.05 : 0.16;
  context.beginPath();
  const visit = (index: number, value: number) => {
    const px = frame.x.at(x[index]!);
    const py = frame.y.at(value);
    if (Number.isFinite(px) && Number.isFinite(py)) context.lineTo(px, py);
  };
  for (const index of upper) visit(index, high[index]!);
  for (const index of lower.reverse()) visit(index, low[index]!);
  context.fill();
  context.globalAlpha = before;
}

/** A value the axis cannot place must be seen: x at the bottom for NaN, arrows at the edges. */
function drawNonFinite(
  context: CanvasRenderingContext2D,
  mark: Line,
  frame: Frame,
  indices: Thinned,
): void {
  const { top, height } = frame.plot;
  context.globalAlpha = Math.max(context.globalAlpha, 0.6);
  context.lineWidth = 1.5;
  let last = { px: -Infinity, sign: '' };
  for (let k = 0; k < indices.length; k++) {
    const value = mark.y.data[indices[k]!]!;
    const sign = edgeSign(value, frame.y.kind === 'log');
    if (!sign) continue;
    const px = frame.x.at(mark.x.data[indices[k]!]!);
    if (!Number.isFinite(px) || (sign === last.sign && Math.abs(px - last.px) < 8)) continue;
    last = { px, sign };
    const py = sign === 'up' ? top + 6 : top + height - 6;
    drawSign(context, sign, px, py);
  }
}

export type EdgeSign = '' | 'nan' | 'up' | 'down';

/** How a value without a place on the axis is marked; empty for an ordinary value. */
export function edgeSign(value: number, log: boolean): EdgeSign {
  if (Number.isNaN(value)) return 'nan';
  if (value === Infinity) return 'up';
  return value === -Infinity || (log && value <= 0) ? 'down' : '';
}

function drawSign(
  context: CanvasRenderingContext2D,
  sign: EdgeSign,
  x: number,
  y: number,
): void {
  const r = 4;
  context.beginPath();
  if (sign === 'nan') {
    context.moveTo(x - r, y - r);
    context.lineTo(x + r, y + r);
    context.moveTo(x - r, y + r);
    context.lineTo(x + r, y - r);
    context.stroke();
    return;
  }
  const tip = sign === 'up' ? -r : r;
  context.moveTo(x, y + tip);
  context.lineTo(x + r, y - tip);
  context.lineTo(x - r, y - tip);
  context.fill();
}

/** The selected points of a line whose points have ids of their own. */
function drawBright(
  context: CanvasRenderingContext2D,
  mark: Line,
  frame: Frame,
  bright: Uint8Array,
): void {
  context.globalAlpha = 1;
  const chosen = [...bright.keys()].filter((index) => bright[index] === 1);
  drawDots(context, mark, frame, chosen, 4);
}

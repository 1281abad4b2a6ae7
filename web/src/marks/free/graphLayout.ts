/** Boxes and arrows of a `Graph` in CSS pixels, before zooming. */

import { row } from '../../data/arrays';
import type { Graph } from '../../data/types';

export interface GraphBox {
  /** Top left corner. */
  left: number;
  top: number;
  lines: string[];
}

export interface GraphEdge {
  from: number;
  to: number;
  path: string;
}

export interface GraphLayout {
  width: number;
  height: number;
  boxWidth: number;
  boxHeight: number;
  boxes: GraphBox[];
  edges: GraphEdge[];
}

export const LINE = 16;
const PADDING = 12;
const MARGIN = 14;
const GAP_ACROSS = 30;
const GAP_DOWN = 34;
const BOX_WIDTH = [76, 228] as const;

/** Half a unit from a box's centre lies the middle of the gap beside it. */
const BESIDE = 0.5;
/** Edges from and to a side meet a box this far from its middle, in widths of the box. */
const PORT = 0.25;
/** How far a back edge swings out, in pixels. */
const SWING = 36;

export function layoutGraph(mark: Graph, textWidth: (text: string) => number): GraphLayout {
  const labels = mark.labels.map((label) => label.split('\n'));
  const widest = Math.max(0, ...labels.flat().map(textWidth));
  const boxWidth = Math.round(Math.max(BOX_WIDTH[0], Math.min(BOX_WIDTH[1], widest + 2 * PADDING)));
  const boxHeight = Math.max(1, ...labels.map((lines) => lines.length)) * LINE + PADDING;
  const place = placement(mark, boxWidth, boxHeight);
  const boxes = labels.map((lines, node) => ({
    left: place.across(mark.x.data[node]!) - boxWidth / 2,
    top: place.down(mark.y.data[node]!) - boxHeight / 2,
    lines: lines.map((line) => shorten(line, boxWidth - PADDING, textWidth)),
  }));
  const edges = edgesOf(mark).map(([from, to]) => ({
    from,
    to,
    path: edgePath(mark, place, boxWidth, boxHeight, from, to),
  }));
  return { width: place.width, height: place.height, boxWidth, boxHeight, boxes, edges };
}

export function edgesOf(mark: Graph): [from: number, to: number][] {
  return Array.from({ length: mark.edges.shape[0] ?? 0 }, (_, i) => {
    const [from, to] = row(mark.edges, i) as unknown as [number, number];
    return [from, to];
  });
}

/** Where a long edge passes each row between its ends, in units of the layout: beside the boxes. */
export function lanes(mark: Graph, from: number, to: number): { x: number; y: number }[] {
  const [start, end] = [mark.y.data[from]!, mark.y.data[to]!];
  const between = [...new Set(mark.y.data)].filter((y) => start < y && y < end).sort((a, b) => a - b);
  let x = mark.x.data[from]!;
  const target = mark.x.data[to]!;
  return between.map((y, i) => {
    const wanted = i === 0 ? x + (target - x) / (between.length + 1) : x;
    x = nearestFree(wanted, rowAt(mark, y));
    return { x, y };
  });
}

interface Placement {
  across(x: number): number;
  down(y: number): number;
  width: number;
  height: number;
}

function placement(mark: Graph, boxWidth: number, boxHeight: number): Placement {
  const [left, right] = extent(mark.x.data);
  const [top, bottom] = extent(mark.y.data);
  const unitX = boxWidth + GAP_ACROSS;
  const unitY = boxHeight + GAP_DOWN;
  // Room at both sides for edges that pass outside.
  const side = MARGIN + GAP_ACROSS;
  return {
    across: (x) => side + boxWidth / 2 + (x - left) * unitX,
    down: (y) => MARGIN + boxHeight / 2 + (y - top) * unitY,
    width: (right - left) * unitX + boxWidth + 2 * side,
    height: (bottom - top) * unitY + boxHeight + 2 * MARGIN,
  };
}

function extent(values: ArrayLike<number>): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  return low <= high ? [low, high] : [0, 0];
}

function edgePath(
  mark: Graph,
  place: Placement,
  boxWidth: number,
  boxHeight: number,
  from: number,
  to: number,
): string {
  const [x0, y0] = [place.across(mark.x.data[from]!), place.down(mark.y.data[from]!)];
  const [x1, y1] = [place.across(mark.x.data[to]!), place.down(mark.y.data[to]!)];
  if (y1 <= y0) return aside(x0 + boxWidth / 2, y0, x1 + boxWidth / 2, y1);
  const half = boxHeight / 2;
  const passed = lanes(mark, from, to).map((lane) => [place.across(lane.x), place.down(lane.y)] as const);
  const left = x0 + port((passed[0]?.[0] ?? x1) - x0, boxWidth);
  const entered = x1 + port((passed.at(-1)?.[0] ?? x0) - x1, boxWidth);
  let path = `M${left},${y0 + half}`;
  let [x, y] = [left, y0 + half];
  for (const [laneX, laneY] of passed) {
    path += bend(x, y, laneX, laneY - half) + `V${laneY + half}`;
    [x, y] = [laneX, laneY + half];
  }
  return path + bend(x, y, entered, y1 - half);
}

/** How far from a box's middle an edge begins or ends that goes `aside` pixels to a side. */
function port(aside: number, boxWidth: number): number {
  return Math.sign(aside) * Math.min(Math.abs(aside) / 2, boxWidth * PORT);
}

function bend(x0: number, y0: number, x1: number, y1: number): string {
  const middle = (y0 + y1) / 2;
  return `C${x0},${middle} ${x1},${middle} ${x1},${y1}`;
}

/** A bow on the right side: for edges that lead back or stay in their row. */
function aside(x0: number, y0: number, x1: number, y1: number): string {
  const out = Math.max(x0, x1) + SWING;
  const apart = y0 === y1 ? 8 : 0;
  return `M${x0},${y0 - apart}C${out},${y0 - apart} ${out},${y1 + apart} ${x1},${y1 + apart}`;
}

function rowAt(mark: Graph, y: number): number[] {
  return Array.from(mark.x.data).filter((_, node) => mark.y.data[node] === y);
}

function nearestFree(wanted: number, boxes: readonly number[]): number {
  const isFree = (x: number) => boxes.every((box) => Math.abs(box - x) >= BESIDE - 1e-6);
  if (isFree(wanted)) return wanted;
  const beside = boxes.flatMap((box) => [box + BESIDE, box - BESIDE]).filter(isFree);
  return beside.reduce((best, x) => (Math.abs(x - wanted) < Math.abs(best - wanted) - 1e-6 ? x : best));
}

function shorten(text: string, width: number, textWidth: (text: string) => number): string {
  if (textWidth(text) <= width) return text;
  let kept = text;
  while (kept.length > 1 && textWidth(`${kept}…`) > width) kept = kept.slice(0, -1);
  return `${kept}…`;
}

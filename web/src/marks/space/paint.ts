/** Points in space, drawn into pixels: discs from far to near, no object for any of them. */

import { ticksText } from './numbers';
import type { Inks } from '../../chart/frame';
import { colorsOf } from '../../chart/pointColors';
import { ellipsis, type Measure } from '../../chart/ticks';
import type { Points3D, Theme } from '../../data/types';
import { fromFarToNear, placeOf, type Lens, type Seen } from './turning';

const POINT_PX = 96 / 72;
/** Diameter and opacity of the farthest points as shares of those of the nearest. */
const [FAR_SIZE, FAR_OPACITY] = [0.6, 0.4];
const DIMMED = 0.1;
/** Discs are drawn in so many sizes. */
const SIZES = 12;

/** Coverage of the pixels of a disc around a pixel's middle, by its radius. */
function discOf(radius: number): { reach: number; mask: Float32Array } {
  const reach = Math.ceil(radius);
  const side = 2 * reach + 1;
  const mask = new Float32Array(side * side);
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      mask[(y + reach) * side + x + reach] = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(x, y)));
    }
  }
  return { reach, mask };
}

function opacityOf(count: number): number {
  return count <= 500 ? 0.9 : count <= 5000 ? 0.75 : count <= 50_000 ? 0.6 : 0.35;
}

/** Many points are drawn smaller, that clusters stay apart. */
function radiusOf(mark: Points3D, zoom: number): number {
  const count = mark.x.data.length;
  const crowd = count <= 20_000 ? 1 : count <= 200_000 ? 0.7 : 0.4;
  return Math.max(0.6, ((mark.size * POINT_PX) / 2) * crowd * Math.min(2.2, zoom ** 0.35));
}

export function pointsImage(
  mark: Points3D,
  seen: Seen,
  options: {
    width: number;
    height: number;
    ratio: number;
    zoom: number;
    theme: Theme;
    bright: Uint8Array | null;
    hidden: ReadonlySet<number>;
  },
): ImageData {
  const { ratio, bright, hidden } = options;
  const [width, height] = [Math.round(options.width * ratio), Math.round(options.height * ratio)];
  const { rows, index } = colorsOf(mark, options.theme);
  const table = Float32Array.from(rows.flat());
  const strongest = opacityOf(mark.x.data.length);
  const largest = radiusOf(mark, options.zoom) * ratio;
  const discs = Array.from({ length: SIZES }, (_, i) => discOf(largest * (FAR_SIZE + ((1 - FAR_SIZE) * i) / (SIZES - 1))));
  const sums = new Float32Array(4 * width * height);
  const order = fromFarToNear(seen);
  const noClass = mark.color?.type === 'categories' ? mark.color.names.length : -1;
  // What is dimmed lies behind everything else.
  for (const pass of bright ? [0, 1] : [1]) {
    for (let k = 0; k < order.length; k++) {
      const i = order[k]!;
      if (bright && bright[i] !== pass) continue;
      const row = index[i]!;
      if (hidden.size && hidden.has(row === noClass ? -1 : row)) continue;
      const near = Math.max(0, Math.min(1, (seen.depth[i]! + 1) / 2));
      const disc = discs[Math.round(near * (SIZES - 1))]!;
      const opacity = strongest * (FAR_OPACITY + (1 - FAR_OPACITY) * near) * (pass === 0 ? DIMMED : 1);
      stamp(sums, width, height, Math.round(seen.x[i]! * ratio), Math.round(seen.y[i]! * ratio), disc, table, 3 * row, opacity);
    }
  }
  return toImage(sums, width, height);
}

function stamp(
  sums: Float32Array,
  width: number,
  height: number,
  px: number,
  py: number,
  { reach, mask }: { reach: number; mask: Float32Array },
  table: Float32Array,
  color: number,
  opacity: number,
): void {
  if (!(px >= -reach && px < width + reach && py >= -reach && py < height + reach)) return;
  const side = 2 * reach + 1;
  const [red, green, blue] = [table[color]!, table[color + 1]!, table[color + 2]!];
  for (let y = Math.max(0, py - reach); y <= Math.min(height - 1, py + reach); y++) {
    for (let x = Math.max(0, px - reach); x <= Math.min(width - 1, px + reach); x++) {
      const share = opacity * mask[(y - py + reach) * side + (x - px + reach)]!;
      if (share === 0) continue;
      const at = 4 * (y * width + x);
      const rest = 1 - share;
      sums[at] = red * share + sums[at]! * rest;
      sums[at + 1] = green * share + sums[at + 1]! * rest;
      sums[at + 2] = blue * share + sums[at + 2]! * rest;
      sums[at + 3] = share + sums[at + 3]! * rest;
    }
  }
}

/** Sums hold colours already multiplied by their opacity. */
function toImage(sums: Float32Array, width: number, height: number): ImageData {
  const image = new ImageData(width, height);
  const { data } = image;
  for (let at = 0; at < sums.length; at += 4) {
    const share = sums[at + 3]!;
    if (share === 0) continue;
    data[at] = sums[at]! / share;
    data[at + 1] = sums[at + 1]! / share;
    data[at + 2] = sums[at + 2]! / share;
    data[at + 3] = share * 255;
  }
  return image;
}

const CORNERS: readonly (readonly [number, number, number])[] = [-1, 1].flatMap((x) =>
  [-1, 1].flatMap((y) => [-1, 1].map((z) => [x, y, z] as const)),
);
const EDGES: readonly (readonly [number, number])[] = CORNERS.flatMap((one, i) =>
  CORNERS.flatMap((other, j) =>
    j > i && one.filter((value, side) => value !== other[side]).length === 1 ? [[i, j] as const] : [],
  ),
);

/** The back of the box, its three axes with their ends, and their names. */
export function paintBox(context: CanvasRenderingContext2D, mark: Points3D, lens: Lens, inks: Inks, measure: Measure): void {
  const { middle, half } = lens.box;
  const corners = CORNERS.map((corner) =>
    placeOf(lens, ...(corner.map((sign, side) => middle[side]! + sign * half[side]!) as [number, number, number])),
  );
  const behind = corners.reduce((found, corner, i) => (corner[2] < corners[found]![2] ? i : found), 0);
  const axes = axisEdges(corners);
  context.lineWidth = 1;
  for (const [i, j] of EDGES) {
    const isAxis = axes.some((edge) => edge[0] === i && edge[1] === j);
    if (!isAxis && i !== behind && j !== behind) continue;
    context.strokeStyle = isAxis ? inks.axis : inks.grid;
    context.beginPath();
    context.moveTo(corners[i]![0], corners[i]![1]);
    context.lineTo(corners[j]![0], corners[j]![1]);
    context.stroke();
  }
  axes.forEach((edge, axis) => {
    if (half[axis]! === 0) return;
    nameAxis(context, mark.axes[axis]!, [corners[edge[0]]!, corners[edge[1]]!], {
      ends: ticksText([middle[axis]! - half[axis]!, middle[axis]! + half[axis]!]),
      lens,
      inks,
      measure,
    });
  });
}

/** The first two axes lie at the bottom on the side of the eye, the third at the left. */
export function axisEdges(corners: readonly (readonly number[])[]): [number, number][] {
  const score = (edge: readonly number[], at: number) => corners[edge[0]!]![at]! + corners[edge[1]!]![at]!;
  return [0, 1, 2].map((axis) => {
    const along = EDGES.filter(([i, j]) => CORNERS[i]![axis] !== CORNERS[j]![axis]);
    if (axis === 2) return [...along.reduce((a, b) => (score(b, 0) < score(a, 0) ? b : a))] as [number, number];
    const floor = along.filter(([i]) => CORNERS[i]![2]! < 0);
    return [...floor.reduce((a, b) => (score(b, 2) > score(a, 2) ? b : a))] as [number, number];
  });
}

interface Naming {
  ends: readonly [string, string];
  lens: Lens;
  inks: Inks;
  measure: Measure;
}

const NAME_PX = 30;
const NUMBER_PX = 13;
const MOST_NAME_PX = 200;

/** Numbers at the ends of an axis and its name along it, on the side away from the points. */
function nameAxis(
  context: CanvasRenderingContext2D,
  name: string,
  [from, to]: readonly [readonly number[], readonly number[]],
  { ends, lens, inks, measure }: Naming,
): void {
  const [dx, dy] = [to[0]! - from[0]!, to[1]! - from[1]!];
  const length = Math.hypot(dx, dy);
  if (length < 24) return; // seen from its end, an axis has no room for words
  let [nx, ny] = [-dy / length, dx / length];
  const [mx, my] = [(from[0]! + to[0]!) / 2, (from[1]! + to[1]!) / 2];
  if (nx * (mx - lens.width / 2) + ny * (my - lens.height / 2) < 0) [nx, ny] = [-nx, -ny];
  context.textBaseline = 'middle';
  context.textAlign = Math.abs(nx) < 0.6 ? 'center' : nx < 0 ? 'right' : 'left';
  context.fillStyle = inks.soft;
  const widest = Math.max(...ends.map(measure));
  const away = context.textAlign === 'center' ? NUMBER_PX : NUMBER_PX / 2;
  if (length > 2 * widest + 20) {
    for (const [text, share] of [[ends[0], 0.07], [ends[1], 0.93]] as const) {
      context.fillText(text, from[0]! + dx * share + nx * away, from[1]! + dy * share + ny * away);
    }
  }
  const gap = context.textAlign === 'center' ? NAME_PX : NUMBER_PX + widest * Math.abs(nx);
  let angle = Math.atan2(dy, dx);
  // Upright, and upwards where it stands.
  if (angle > Math.PI / 2 - 0.1) angle -= Math.PI;
  if (angle < -Math.PI / 2 - 0.1) angle += Math.PI;
  context.save();
  context.translate(mx + nx * gap, my + ny * gap);
  context.rotate(angle);
  context.textAlign = 'center';
  context.fillStyle = inks.ink;
  context.fillText(ellipsis(name, Math.max(60, Math.min(MOST_NAME_PX, length * 1.1)), measure), 0, 0);
  context.restore();
}

/** Points in space on a flat picture: the box around them, how it is turned, and where points lie. */

import type { Points3D } from '../../data/types';

export interface Eye {
  /** Degrees around the third axis from the first, and above their plane. */
  azimuth: number;
  elevation: number;
  zoom: number;
  perspective: boolean;
}

/** As `figures/turning.py` has it: pictures that stand still begin where a page begins. */
export const FIRST_EYE: Eye = { azimuth: -60, elevation: 22, zoom: 1, perspective: false };
const MOST_ELEVATION = 89;
const [LEAST_ZOOM, MOST_ZOOM] = [0.5, 40];
/** From the middle of the box to the eye, in halves of its longest side. */
const EYE_DISTANCE = 5;

/** Where it is seen from, as a text for the address: `-60~22~1~0`; empty as it begins. */
export function eyeToText({ azimuth, elevation, zoom, perspective }: Eye): string {
  const text = textOf([azimuth, elevation, zoom, Number(perspective)]);
  return text === textOf([FIRST_EYE.azimuth, FIRST_EYE.elevation, 1, 0]) ? '' : text;
}

export function eyeFromText(text: string): Eye {
  const parts = text.split('~').map(Number);
  const [azimuth, elevation, zoom, perspective] = parts;
  if (parts.length !== 4 || !parts.every(Number.isFinite)) return FIRST_EYE;
  const turned = turnedBy({ azimuth: azimuth!, elevation: 0, zoom: 1, perspective: perspective === 1 }, 0, elevation!);
  return closer(turned, zoom!);
}

function textOf(parts: readonly number[]): string {
  return parts.map((part) => Number(part.toFixed(2))).join('~');
}

export interface Box {
  middle: readonly [number, number, number];
  half: readonly [number, number, number];
  /** Half the longest side. */
  unit: number;
  /** No point has three finite coordinates. */
  empty: boolean;
  /** Points that have no place. */
  lost: number;
}

const boxes = new WeakMap<Points3D, Box>();

export function boxOf(mark: Points3D): Box {
  let box = boxes.get(mark);
  if (!box) boxes.set(mark, (box = findBox(mark)));
  return box;
}

/** The box of a mark that is on its way from one place to another. */
export function keepBox(mark: Points3D, box: Box): void {
  boxes.set(mark, box);
}

function findBox({ x, y, z }: Points3D): Box {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  const sides = [x.data, y.data, z.data];
  let lost = 0;
  for (let i = 0; i < x.data.length; i++) {
    // Only of numbers that are finite the difference is 0.
    const sum = x.data[i]! + y.data[i]! + z.data[i]!;
    if (sum - sum !== 0) {
      lost++;
      continue;
    }
    for (let side = 0; side < 3; side++) {
      const value = sides[side]![i]!;
      if (value < low[side]!) low[side] = value;
      if (value > high[side]!) high[side] = value;
    }
  }
  if (lost === x.data.length) {
    return { middle: [0, 0, 0], half: [1, 1, 1], unit: 1, empty: true, lost };
  }
  const middle = low.map((value, side) => value / 2 + high[side]! / 2) as unknown as Box['middle'];
  let half = low.map((value, side) => high[side]! / 2 - value / 2) as unknown as Box['half'];
  // A single place has room around it, as on flat axes.
  if (half.every((length) => length === 0)) half = [1, 1, 1];
  return { middle, half, unit: Math.max(...half), empty: false, lost };
}

/** Rows: right, up, towards the eye. */
export function rotationOf({ azimuth, elevation }: Eye): readonly number[] {
  const [a, e] = [(azimuth * Math.PI) / 180, (elevation * Math.PI) / 180];
  const [sa, ca, se, ce] = [Math.sin(a), Math.cos(a), Math.sin(e), Math.cos(e)];
  return [-sa, ca, 0, -ca * se, -sa * se, ce, ca * ce, sa * ce, se];
}

export function turnedBy(eye: Eye, right: number, up: number): Eye {
  const elevation = Math.max(-MOST_ELEVATION, Math.min(MOST_ELEVATION, eye.elevation + up));
  return { ...eye, azimuth: (((eye.azimuth + right + 180) % 360) + 360) % 360 - 180, elevation };
}

export function closer(eye: Eye, factor: number): Eye {
  return { ...eye, zoom: Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, eye.zoom * factor)) };
}

/** Where points lie on the picture, in pixels; those without a place have NaN. */
export interface Seen {
  x: Float64Array;
  y: Float64Array;
  /** Towards the eye, from -1 at the back of the box to 1 at its front, about. */
  depth: Float64Array;
}

export interface Lens {
  box: Box;
  width: number;
  height: number;
  /** Pixels of half the longest side. */
  scale: number;
  rotation: readonly number[];
  perspective: boolean;
  /** Distance of the corners from the middle: depths lie within it. */
  radius: number;
}

/** The box fills more than the sphere around it, whose sides are empty. */
const ROUND = 1.25;
/** Room around the box for the names of its axes. */
const AROUND_PX = 36;

export function lensOf(box: Box, eye: Eye, width: number, height: number): Lens {
  const radius = Math.hypot(...box.half) / box.unit;
  const room = Math.max(40, Math.min(width, height) - 2 * AROUND_PX) / 2;
  return {
    box,
    width,
    height,
    // By the sphere around the box, so that turning it never changes its size.
    scale: (room / radius) * ROUND * eye.zoom,
    rotation: rotationOf(eye),
    perspective: eye.perspective,
    radius,
  };
}

/** Right, down in pixels, and depth of one place in units of the data. */
export function placeOf(lens: Lens, x: number, y: number, z: number): [number, number, number] {
  const { box, rotation: r, scale, perspective } = lens;
  const dx = (x - box.middle[0]) / box.unit;
  const dy = (y - box.middle[1]) / box.unit;
  const dz = (z - box.middle[2]) / box.unit;
  const depth = r[6]! * dx + r[7]! * dy + r[8]! * dz;
  const near = perspective ? EYE_DISTANCE / (EYE_DISTANCE - depth) : 1;
  const right = (r[0]! * dx + r[1]! * dy + r[2]! * dz) * near;
  const up = (r[3]! * dx + r[4]! * dy + r[5]! * dz) * near;
  return [lens.width / 2 + right * scale, lens.height / 2 - up * scale, depth / lens.radius];
}

export function see(mark: Points3D, lens: Lens): Seen {
  const count = mark.x.data.length;
  const [xs, ys, zs] = [mark.x.data, mark.y.data, mark.z.data];
  const seen = { x: new Float64Array(count), y: new Float64Array(count), depth: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    const [x, y, depth] = placeOf(lens, xs[i]!, ys[i]!, zs[i]!);
    seen.x[i] = x;
    seen.y[i] = y;
    seen.depth[i] = depth;
  }
  return seen;
}

const BUCKETS = 1024;

/** Indices of the points that have a place, from far to near: by depth in so many layers. */
export function fromFarToNear({ depth }: Seen): Uint32Array {
  const bucket = new Int16Array(depth.length);
  const starts = new Uint32Array(BUCKETS + 1);
  for (let i = 0; i < depth.length; i++) {
    const share = (depth[i]! + 1) / 2;
    bucket[i] = share >= -1 ? Math.max(0, Math.min(BUCKETS - 1, Math.floor(share * BUCKETS))) : -1;
    if (bucket[i]! >= 0) starts[bucket[i]! + 1]!++;
  }
  for (let b = 1; b <= BUCKETS; b++) starts[b]! += starts[b - 1]!;
  const order = new Uint32Array(starts[BUCKETS]!);
  for (let i = 0; i < depth.length; i++) if (bucket[i]! >= 0) order[starts[bucket[i]!]!++] = i;
  return order;
}

/** Index of the point within `reach` that is nearest to a pixel; of equals the nearest to the eye. */
export function nearest(
  seen: Seen,
  px: number,
  py: number,
  reach: number,
  isShown: (index: number) => boolean,
): number {
  let best = -1;
  let least = reach;
  for (let i = 0; i < seen.x.length; i++) {
    const dx = seen.x[i]! - px;
    const dy = seen.y[i]! - py;
    if (!(dx < least && dx > -least && dy < least && dy > -least) || !isShown(i)) continue;
    // What lies behind gives way a little to what lies in front of it.
    const distance = Math.hypot(dx, dy) + (1 - seen.depth[i]!) * 2;
    if (distance < least) [least, best] = [distance, i];
  }
  return best;
}

/** Points without number as a picture: counted into pixels, which take the mean of their colours. */

import { copied, PIECE } from './doubles';
import type { PointColors } from './pointColors';
import { areAlike, toPixels, type Scale } from './scale';

/** Points that are dimmed only show as a pale shape behind the rest, however many there are. */
const DIMMED = 0.2;
/** From so many points on a pixel is as opaque as it gets. */
const MANY = 64;

export interface Grid {
  left: number;
  top: number;
  /** Pixels of the picture for one of those the points are given in. */
  ratio: number;
  width: number;
  height: number;
}

/** Points without number, and the scales that place them. */
export interface Cloud {
  x: ArrayLike<number> & object;
  y: ArrayLike<number> & object;
  across: Scale;
  down: Scale;
}

/**
 * Count points into the pixels of a grid.
 *
 * A pixel grows opaque with the number of its points. `bright` dims those where it is 0; `hidden`
 * leaves out rows of the colours.
 */
export function densityImage(
  cloud: Cloud,
  grid: Grid,
  colors: PointColors,
  bright: Uint8Array | null,
  hidden: ReadonlySet<number>,
): ImageData {
  const { cells, all } = countsOf(cloud, grid, colors, hidden);
  if (!bright) return toImage(all, all, 1, grid);
  // All are counted already: of the bright ones and the others, only the fewer have to be.
  let count = 0;
  for (let i = 0; i < bright.length; i++) count += bright[i]!;
  const few = 2 * count > bright.length ? 0 : 1;
  return toImage(all, sumsOf(cells, grid, colors, hidden, bright, few), few, grid);
}

/** What does not change with the selection: the pixel of each point, -1 outside, and the sums of all. */
interface Counts {
  cloud: Cloud;
  grid: Grid;
  /** The colours, and which of them are left out. */
  look: string;
  index: Uint16Array;
  cells: Int32Array;
  all: Float32Array;
}

const known = new WeakMap<object, Counts>();

function countsOf(cloud: Cloud, grid: Grid, colors: PointColors, hidden: ReadonlySet<number>): Counts {
  const before = known.get(cloud.x);
  const look = [...colors.rows, ...hidden].join(' ');
  const isPlacedAlike = before && arePlacedAlike(before, cloud, grid);
  if (isPlacedAlike && before.look === look && before.index === colors.index) return before;
  const cells = isPlacedAlike ? before.cells : cellsOf(cloud, grid);
  const all = sumsOf(cells, grid, colors, hidden, null, 1);
  const made = { cloud, grid, look, index: colors.index, cells, all };
  known.set(cloud.x, made);
  return made;
}

function arePlacedAlike(before: Counts, { y, across, down }: Cloud, grid: Grid): boolean {
  const { cloud } = before;
  const isGridAlike = (Object.keys(grid) as (keyof Grid)[]).every((key) => before.grid[key] === grid[key]);
  return isGridAlike && cloud.y === y && areAlike(cloud.across, across) && areAlike(cloud.down, down);
}

const [acrossPiece, downPiece] = [new Float64Array(PIECE), new Float64Array(PIECE)];

function cellsOf({ x, y, across, down }: Cloud, grid: Grid): Int32Array {
  const cells = new Int32Array(x.length);
  // Piece by piece: a copy of all pixels is two more arrays than there have to be.
  for (let start = 0; start < cells.length; start += PIECE) {
    const count = copied(x, start, acrossPiece);
    copied(y, start, downPiece);
    toPixels(across, acrossPiece, count);
    toPixels(down, downPiece, count);
    fillCells(cells, start, count, grid);
  }
  return cells;
}

function fillCells(cells: Int32Array, start: number, count: number, { left, top, ratio, width, height }: Grid): void {
  for (let i = 0; i < count; i++) {
    const right = (acrossPiece[i]! - left) * ratio;
    const below = (downPiece[i]! - top) * ratio;
    const isWithin = right >= 0 && right < width && below >= 0 && below < height;
    cells[start + i] = isWithin ? (below | 0) * width + (right | 0) : -1;
  }
}

/** Red, green, blue and number of the points of each pixel: of all of them, or of the bright ones (1) or the others (0). */
function sumsOf(
  cells: Int32Array,
  { width, height }: Grid,
  colors: PointColors,
  hidden: ReadonlySet<number>,
  bright: Uint8Array | null,
  wanted: 0 | 1,
): Float32Array {
  if (colors.rows.length === 1 && !hidden.size) return sumsOfOne(cells, width * height, colors.rows[0]!, bright, wanted);
  const sums = new Float32Array(4 * width * height);
  const { index } = colors;
  const table = Float32Array.from(colors.rows.flatMap((row, i) => (hidden.has(i) ? [0, 0, 0, 0] : [...row, 1])));
  for (let i = 0; i < cells.length; i++) {
    if (bright !== null && bright[i] !== wanted) continue;
    const at = 4 * cells[i]!;
    if (at < 0) continue;
    const row = 4 * index[i]!;
    sums[at]! += table[row]!;
    sums[at + 1]! += table[row + 1]!;
    sums[at + 2]! += table[row + 2]!;
    sums[at + 3]! += table[row + 3]!;
  }
  return sums;
}

/** The same where all points have one colour: it is enough to count them, which takes a third of the time. */
function sumsOfOne(
  cells: Int32Array,
  size: number,
  color: readonly number[],
  bright: Uint8Array | null,
  wanted: 0 | 1,
): Float32Array {
  const counts = new Uint32Array(size);
  for (let i = 0; i < cells.length; i++) {
    if ((bright === null || bright[i] === wanted) && cells[i]! >= 0) counts[cells[i]!]!++;
  }
  const sums = new Float32Array(4 * size);
  const [red, green, blue] = color as [number, number, number];
  for (let cell = 0; cell < size; cell++) {
    const count = counts[cell]!;
    if (!count) continue;
    sums[4 * cell] = red * count;
    sums[4 * cell + 1] = green * count;
    sums[4 * cell + 2] = blue * count;
    sums[4 * cell + 3] = count;
  }
  return sums;
}

/**
 * `some` of all points are the bright ones (1), or the others (0). A pixel with bright points shows
 * these alone.
 */
function toImage(all: Float32Array, some: Float32Array, are: 0 | 1, { width, height }: Grid): ImageData {
  const image = new ImageData(width, height);
  const { data } = image;
  const opacities = Float32Array.from({ length: MANY + 1 }, (_, count) => opacity(count));
  for (let at = 0; at < all.length; at += 4) {
    const count = all[at + 3]!;
    if (count === 0) continue;
    const bright = are ? some[at + 3]! : count - some[at + 3]!;
    const shown = bright || count;
    // Of a pixel without bright points all are dimmed.
    const isSome = bright > 0 && are === 1;
    const isRest = bright > 0 && are === 0;
    for (let c = at; c < at + 3; c++) data[c] = (isSome ? some[c]! : isRest ? all[c]! - some[c]! : all[c]!) / shown;
    data[at + 3] = opacities[Math.min(shown, MANY)]! * (bright ? 1 : DIMMED);
  }
  return image;
}

function opacity(count: number): number {
  return 255 * (1 - 0.55 * 0.75 ** count);
}

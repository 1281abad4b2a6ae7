/** Points without number as a picture: counted into pixels, which take the mean of their colours. */

import type { PointColors } from './pointColors';

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

/**
 * Count points into the pixels of a grid.
 *
 * A pixel grows opaque with the number of its points. `bright` dims those where it is 0; `hidden`
 * leaves out rows of the colours.
 */
export function densityImage(
  x: Float64Array,
  y: Float64Array,
  grid: Grid,
  colors: PointColors,
  bright: Uint8Array | null,
  hidden: ReadonlySet<number>,
): ImageData {
  const { cells, all } = countsOf(x, y, grid, colors, hidden);
  if (!bright) return toImage(all, all, 1, grid);
  // All are counted already: of the bright ones and the others, only the fewer have to be.
  let count = 0;
  for (let i = 0; i < bright.length; i++) count += bright[i]!;
  const few = 2 * count > bright.length ? 0 : 1;
  return toImage(all, sumsOf(cells, grid, colors, hidden, bright, few), few, grid);
}

/** What does not change with the selection: the pixel of each point, -1 outside, and the sums of all. */
interface Counts {
  grid: Grid;
  /** The colours, and which of them are left out. */
  look: string;
  index: Uint16Array;
  cells: Int32Array;
  all: Float32Array;
}

const known = new WeakMap<Float64Array, Counts>();

function countsOf(x: Float64Array, y: Float64Array, grid: Grid, colors: PointColors, hidden: ReadonlySet<number>): Counts {
  const before = known.get(x);
  const look = [...colors.rows, ...hidden].join(' ');
  const isPlacedAlike = before && (Object.keys(grid) as (keyof Grid)[]).every((key) => before.grid[key] === grid[key]);
  if (isPlacedAlike && before.look === look && before.index === colors.index) return before;
  const cells = isPlacedAlike ? before.cells : cellsOf(x, y, grid);
  const made = { grid, look, index: colors.index, cells, all: sumsOf(cells, grid, colors, hidden, null, 1) };
  known.set(x, made);
  return made;
}

function cellsOf(x: Float64Array, y: Float64Array, { left, top, ratio, width, height }: Grid): Int32Array {
  const cells = new Int32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const across = (x[i]! - left) * ratio;
    const down = (y[i]! - top) * ratio;
    const isWithin = across >= 0 && across < width && down >= 0 && down < height;
    cells[i] = isWithin ? (down | 0) * width + (across | 0) : -1;
  }
  return cells;
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

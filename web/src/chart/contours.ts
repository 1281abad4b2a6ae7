/** Where points lie densely: lines around the smallest regions that hold given shares of them. */

import type { Rect } from './frame';

/** Shares of the points that the lines enclose, the innermost first. */
export const SHARES = [0.5, 0.8, 0.95] as const;
const CELL_PX = 4;
/** Three running means are nearly a Gaussian. */
const PASSES = 3;

/** A line from one place to another, in pixels: x0, y0, x1, y1, ... */
export interface Contour {
  share: number;
  segments: Float64Array;
}

/**
 * Lines of equal density, by a kernel estimate with Scott's bandwidth.
 *
 * The density at the points themselves says which level encloses which share of them.
 * Reference: R. J. Hyndman, "Computing and graphing highest density regions", The American
 * Statistician 50 (1996), 120-126.
 */
export function contoursOf(
  x: Float64Array,
  y: Float64Array,
  plot: Rect,
  isShown: (index: number) => boolean = () => true,
): Contour[] {
  const members = inside(x, y, plot, isShown);
  if (members.length < 10) return [];
  const [columns, rows] = [Math.ceil(plot.width / CELL_PX) + 1, Math.ceil(plot.height / CELL_PX) + 1];
  const grid = new Float64Array(columns * rows);
  const column = (i: number) => Math.round((x[i]! - plot.left) / CELL_PX);
  const row = (i: number) => Math.round((y[i]! - plot.top) / CELL_PX);
  for (const i of members) grid[row(i) * columns + column(i)]! += 1;
  const scott = members.length ** (-1 / 6) / CELL_PX;
  smooth(grid, { lines: rows, length: columns, step: 1, stride: columns }, deviation(members, x) * scott);
  smooth(grid, { lines: columns, length: rows, step: columns, stride: 1 }, deviation(members, y) * scott);
  const heights = Float64Array.from(members, (i) => grid[row(i) * columns + column(i)]!).sort();
  return SHARES.map((share) => {
    const level = heights[Math.floor((1 - share) * heights.length)]!;
    return { share, segments: linesAt(grid, columns, rows, level, plot) };
  });
}

function inside(x: Float64Array, y: Float64Array, plot: Rect, isShown: (index: number) => boolean): Uint32Array {
  const found = new Uint32Array(x.length);
  let count = 0;
  for (let i = 0; i < x.length; i++) {
    const across = x[i]! - plot.left;
    const down = y[i]! - plot.top;
    if (across >= 0 && across <= plot.width && down >= 0 && down <= plot.height && isShown(i)) found[count++] = i;
  }
  return found.slice(0, count);
}

function deviation(members: Uint32Array, values: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const i of members) sum += values[i]!;
  const mean = sum / members.length;
  for (const i of members) squares += (values[i]! - mean) ** 2;
  return Math.sqrt(squares / members.length);
}

interface Lines {
  lines: number;
  length: number;
  step: number;
  stride: number;
}

/** Running means along all rows, or all columns, of a grid. */
function smooth(grid: Float64Array, { lines, length, step, stride }: Lines, sigma: number): void {
  // Three means over 2r + 1 cells have together the variance r (r + 1).
  const radius = Math.max(1, Math.round((Math.sqrt(1 + 4 * sigma ** 2) - 1) / 2));
  const line = new Float64Array(length);
  for (let pass = 0; pass < PASSES; pass++) {
    for (let k = 0; k < lines; k++) {
      const start = k * stride;
      for (let i = 0; i < length; i++) line[i] = grid[start + i * step]!;
      let sum = 0;
      for (let i = 0; i < Math.min(radius, length); i++) sum += line[i]!;
      for (let i = 0; i < length; i++) {
        if (i + radius < length) sum += line[i + radius]!;
        if (i > radius) sum -= line[i - radius - 1]!;
        grid[start + i * step] = sum / (2 * radius + 1);
      }
    }
  }
}

/** Which sides of a square a line crosses, by which of its corners are above: pairs of sides. */
const CROSSED: readonly (readonly number[])[] = [
  [], [3, 0], [0, 1], [3, 1], [1, 2], [3, 0, 1, 2], [0, 2], [3, 2],
  [2, 3], [2, 0], [0, 1, 2, 3], [2, 1], [1, 3], [1, 0], [0, 3], [],
];

/** Marching squares: short lines between where the sides of the cells cross the level. */
function linesAt(grid: Float64Array, columns: number, rows: number, level: number, plot: Rect): Float64Array {
  const found: number[] = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      // Clockwise from the top left.
      const heights = [grid[at]!, grid[at + 1]!, grid[at + columns + 1]!, grid[at + columns]!];
      const above = heights.reduce((bits, height, corner) => bits | (Number(height >= level) << corner), 0);
      for (const side of CROSSED[above]!) {
        const [one, other] = [heights[side]!, heights[(side + 1) % 4]!];
        const share = one === other ? 0.5 : (level - one) / (other - one);
        const [dx, dy] = [[share, 0], [1, share], [1 - share, 1], [0, 1 - share]][side]!;
        found.push(plot.left + (column + dx!) * CELL_PX, plot.top + (row + dy!) * CELL_PX);
      }
    }
  }
  return Float64Array.from(found);
}

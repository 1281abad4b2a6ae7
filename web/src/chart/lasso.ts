/** Which points lie inside a drawn outline. */

export interface Corner {
  x: number;
  y: number;
}

/**
 * Whether a point lies inside a closed polygon (even-odd rule).
 *
 * Reference: M. Shimrat, "Algorithm 112: Position of point relative to polygon" (1962).
 */
export function isInside(polygon: readonly Corner[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const a = polygon[i]!;
    const b = polygon[j]!;
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}

/** Indices of the points inside, given their pixels: exactly those `isInside` tells, sooner. */
export function pointsInside(polygon: readonly Corner[], x: Float64Array, y: Float64Array): Uint32Array {
  const found = new Uint32Array(x.length);
  let count = 0;
  const { left, top, columns, rows, cells, edges } = rasterOf(polygon);
  for (let i = 0; i < x.length; i++) {
    const across = x[i]! - left;
    if (!(across >= 0 && across < columns)) continue;
    const down = y[i]! - top;
    if (!(down >= 0 && down < rows)) continue;
    const row = down | 0;
    const cell = cells[row * columns + (across | 0)]!;
    const inside = cell === MIXED ? crossings(edges[row]!, x[i]!, y[i]!) % 2 === 1 : cell === INSIDE;
    if (inside) found[count++] = i;
  }
  return found.slice(0, count);
}

const [OUTSIDE, INSIDE, MIXED] = [0, 1, 2];
type Edge = readonly [a: Corner, b: Corner];

/** What is known of every pixel: it lies outside, inside, or an edge passes it. */
interface Raster {
  left: number;
  top: number;
  columns: number;
  rows: number;
  cells: Uint8Array;
  /** For each row of pixels the edges that pass it. */
  edges: Edge[][];
}

/** Edges count as passing a pixel they miss by less than this: rounding must not decide. */
const SLACK = 1e-6;

function rasterOf(polygon: readonly Corner[]): Raster {
  const xs = polygon.map((corner) => corner.x);
  const ys = polygon.map((corner) => corner.y);
  const [left, top] = [Math.floor(Math.min(...xs)) - 1, Math.floor(Math.min(...ys)) - 1];
  const columns = Math.ceil(Math.max(...xs)) + 2 - left;
  const rows = Math.ceil(Math.max(...ys)) + 2 - top;
  const cells = new Uint8Array(columns * rows);
  const edges: Edge[][] = Array.from({ length: rows }, () => []);
  polygon.forEach((a, i) => {
    const b = polygon[(i + polygon.length - 1) % polygon.length]!;
    const first = Math.floor(Math.min(a.y, b.y) - SLACK - top);
    const last = Math.floor(Math.max(a.y, b.y) + SLACK - top);
    for (let row = first; row <= last; row++) {
      edges[row]!.push([a, b]);
      const [from, to] = across(a, b, top + row, top + row + 1);
      cells.fill(MIXED, row * columns + Math.floor(from - SLACK - left), row * columns + Math.floor(to + SLACK - left) + 1);
    }
  });
  for (let row = 0; row < rows; row++) fillRow(cells, row, columns, polygon, left, top);
  return { left, top, columns, rows, cells, edges };
}

/** From where to where an edge runs between two heights. */
function across(a: Corner, b: Corner, top: number, bottom: number): [from: number, to: number] {
  const [low, high] = [Math.min(a.x, b.x), Math.max(a.x, b.x)];
  const at = (y: number) => Math.min(high, Math.max(low, a.x + ((b.x - a.x) * (y - a.y)) / (b.y - a.y)));
  if (Math.abs(b.y - a.y) < SLACK) return [low, high];
  const [one, other] = [at(Math.max(top - SLACK, Math.min(a.y, b.y))), at(Math.min(bottom + SLACK, Math.max(a.y, b.y)))];
  return [Math.min(one, other), Math.max(one, other)];
}

/** Pixels side by side that no edge passes are all inside or all outside. */
function fillRow(
  cells: Uint8Array,
  row: number,
  columns: number,
  polygon: readonly Corner[],
  left: number,
  top: number,
): void {
  const start = row * columns;
  for (let column = 0; column < columns; ) {
    const first = column;
    while (column < columns && cells[start + column] !== MIXED) column++;
    if (column > first) {
      const state = isInside(polygon, left + first + 0.5, top + row + 0.5) ? INSIDE : OUTSIDE;
      cells.fill(state, start + first, start + column);
    }
    while (column < columns && cells[start + column] === MIXED) column++;
  }
}

/** How often a ray to the right of a point crosses edges, by the rule of `isInside`. */
function crossings(edges: readonly Edge[], x: number, y: number): number {
  let count = 0;
  for (const [a, b] of edges) {
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) count++;
  }
  return count;
}

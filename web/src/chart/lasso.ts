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
export function pointsInside(
  polygon: readonly Corner[],
  count: number,
  xOf: (index: number) => number,
  yOf: (index: number) => number,
): number[] {
  const xs = polygon.map((corner) => corner.x);
  const ys = polygon.map((corner) => corner.y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const rows = edgesByRow(polygon, top, bottom);
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    const x = xOf(i);
    const y = yOf(i);
    if (!(x >= left && x <= right && y >= top && y <= bottom)) continue;
    if (crossings(rows[Math.floor(y - top)]!, x, y) % 2 === 1) found.push(i);
  }
  return found;
}

type Edge = readonly [a: Corner, b: Corner];

/** For each row of pixels the edges that pass it: a point need not be tested against all others. */
function edgesByRow(polygon: readonly Corner[], top: number, bottom: number): Edge[][] {
  const rows: Edge[][] = Array.from({ length: Math.floor(bottom - top) + 1 }, () => []);
  polygon.forEach((a, i) => {
    const b = polygon[(i + polygon.length - 1) % polygon.length]!;
    const first = Math.floor(Math.min(a.y, b.y) - top);
    const last = Math.floor(Math.max(a.y, b.y) - top);
    for (let row = first; row <= last; row++) rows[row]?.push([a, b]);
  });
  return rows;
}

/** How often a ray to the right of a point crosses edges, by the rule of `isInside`. */
function crossings(edges: readonly Edge[], x: number, y: number): number {
  let count = 0;
  for (const [a, b] of edges) {
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) count++;
  }
  return count;
}

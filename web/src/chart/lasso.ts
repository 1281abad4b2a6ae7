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

/** Indices of the points inside, given their pixels; a bounding box spares most of the work. */
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
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    const x = xOf(i);
    const y = yOf(i);
    if (x >= left && x <= right && y >= top && y <= bottom && isInside(polygon, x, y)) found.push(i);
  }
  return found;
}

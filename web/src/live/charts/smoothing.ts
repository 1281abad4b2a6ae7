/** Smoothing and clipping of curves; the raw values are always drawn too. */

/**
 * Exponential moving average, corrected for its start as `views.metrics` does it.
 *
 * Values that are not finite stay in their place and do not enter the average.
 *
 * Reference: D. Kingma and J. Ba, "Adam: a method for stochastic optimization" (2015), section 3.
 */
export function smoothed(values: ArrayLike<number>, weight: number): Float64Array {
  const result = Float64Array.from(values);
  let average = 0;
  let share = 0;
  for (let i = 0; i < result.length; i++) {
    if (!Number.isFinite(result[i]!)) continue;
    average = weight * average + (1 - weight) * result[i]!;
    share = weight * share + (1 - weight);
    result[i] = average / share;
  }
  return result;
}

/** Fewer values than this have no outliers. */
const LEAST = 20;

export interface Clipping {
  low: number;
  high: number;
  /** Values outside, of all that are finite. */
  outside: number;
  total: number;
}

/** The range from the 1st to the 99th percentile, with a little room; null if nothing lies outside. */
export function clipping(curves: readonly ArrayLike<number>[]): Clipping | null {
  const finite = curves.flatMap((values) => Array.from(values).filter(Number.isFinite));
  if (finite.length < LEAST) return null;
  const ordered = Float64Array.from(finite).sort();
  const at = (share: number) => ordered[Math.round(share * (ordered.length - 1))]!;
  const [p1, p99] = [at(0.01), at(0.99)];
  const room = 0.08 * (p99 - p1);
  if (!(room > 0)) return null;
  const [low, high] = [p1 - room, p99 + room];
  const outside = finite.filter((value) => value < low || value > high).length;
  return outside ? { low, high, outside, total: finite.length } : null;
}

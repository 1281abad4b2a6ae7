/** Fewer points for the same picture: what happens inside one pixel column. */

import { lowerBound } from './extent';

/** Increasing indices whose polyline covers the same pixels as the whole curve. */
export type Thinned = number[];

/**
 * Keep the first, lowest, highest and last finite point of every pixel column.
 *
 * `x` must be sorted. NaN and infinities are kept, since they break the line and are shown.
 * One point beyond each end is kept, so that the curve runs to the edge of the panel.
 *
 * Reference: U. Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation" (2014).
 */
export function thin(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  low: number,
  high: number,
  columnOf: (value: number) => number,
): Thinned {
  const start = Math.max(0, lowerBound(x, low) - 1);
  let end = lowerBound(x, high);
  while (end < x.length && x[end]! <= high) end++;
  end = Math.min(x.length, end + 1);

  const out: number[] = [];
  let i = start;
  while (i < end) {
    const column = Math.floor(columnOf(x[i]!));
    const first = i;
    let lowest = -1;
    let highest = -1;
    let broken = false;
    for (; i < end && Math.floor(columnOf(x[i]!)) === column; i++) {
      const value = y[i]!;
      if (!Number.isFinite(value)) broken = true;
      else {
        if (lowest < 0 || value < y[lowest]!) lowest = i;
        if (highest < 0 || value > y[highest]!) highest = i;
      }
    }
    if (i - first <= 4 || broken) {
      keepBroken(y, first, i, out);
    } else {
      const middle = lowest < highest ? [lowest, highest] : [highest, lowest];
      let before = -1;
      for (const index of [first, ...middle, i - 1]) {
        if (index !== before) out.push(index);
        before = index;
      }
    }
  }
  return out;
}

/** Points of a column with gaps: runs of finite values keep their ends and extremes. */
function keepBroken(y: ArrayLike<number>, start: number, end: number, out: number[]): void {
  if (end - start <= 4) {
    for (let i = start; i < end; i++) out.push(i);
    return;
  }
  let i = start;
  while (i < end) {
    const first = i;
    if (!Number.isFinite(y[i]!)) {
      const value = y[i]!;
      while (i < end && Object.is(y[i]!, value)) i++;
      out.push(first);
      continue;
    }
    let lowest = i;
    let highest = i;
    for (; i < end && Number.isFinite(y[i]!); i++) {
      if (y[i]! < y[lowest]!) lowest = i;
      if (y[i]! > y[highest]!) highest = i;
    }
    const kept = [...new Set([first, lowest, highest, i - 1])].sort((a, b) => a - b);
    out.push(...kept);
  }
}

/** What lies between places of which it is known. */

/** On the straight lines through the points (x, y), x increasing; beyond them as at their ends. */
export function between(at: number, x: Float64Array, y: Float64Array): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return y[0] ?? NaN;
  if (low === x.length) return y[low - 1]!;
  const share = (at - x[low - 1]!) / (x[low]! - x[low - 1]!);
  return y[low - 1]! + share * (y[low]! - y[low - 1]!);
}

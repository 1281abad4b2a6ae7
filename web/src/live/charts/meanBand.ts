/** The mean of several runs with its confidence interval, where all of them recorded a value. */

export interface Curve {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
}

export interface Band {
  x: Float64Array;
  mean: Float64Array;
  low: Float64Array;
  high: Float64Array;
}

/** Quantiles 0.975 of Student's t distribution for 1 to 30 degrees of freedom. */
const T_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045,
  2.042,
];
const NORMAL_975 = 1.959964;

/** Beyond the table: the expansion of Cornish and Fisher to the second term. */
export function t975(degrees: number): number {
  const known = T_975[degrees - 1];
  if (known !== undefined) return known;
  const z = NORMAL_975;
  return z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
}

/** Null where fewer than two curves share no place at all. */
export function meanBand(curves: readonly Curve[]): Band | null {
  if (curves.length < 2) return null;
  const byPlace = new Map<number, number[]>();
  for (const { x, y } of curves) {
    for (let i = 0; i < x.length; i++) {
      const known = byPlace.get(x[i]!);
      if (known) known.push(y[i]!);
      else byPlace.set(x[i]!, [y[i]!]);
    }
  }
  const places = [...byPlace].filter(([, values]) => values.length === curves.length);
  if (!places.length) return null;
  places.sort(([one], [other]) => one - other);
  const found = places.map(([, values]) => interval(values));
  return {
    x: Float64Array.from(places, ([place]) => place),
    mean: Float64Array.from(found, ({ mean }) => mean),
    low: Float64Array.from(found, ({ mean, half }) => mean - half),
    high: Float64Array.from(found, ({ mean, half }) => mean + half),
  };
}

function interval(values: readonly number[]): { mean: number; half: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, half: t975(n - 1) * Math.sqrt(squares / (n - 1) / n) };
}

/** Points without number as a picture: counted into pixels, which take the mean of their colours. */

/** The colour of every point: `rows[index[i]]`, as red, green, blue from 0 to 255. */
export interface PointColors {
  rows: readonly (readonly number[])[];
  index: Uint16Array;
}

/** Points that are dimmed only show as a pale shape behind the rest. */
const DIMMED = 0.04;
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
  const { left, top, ratio, width, height } = grid;
  const sums = new Float32Array(4 * width * height);
  const table = Float32Array.from(colors.rows.flat());
  const share = Float32Array.from(colors.rows, (_, row) => (hidden.has(row) ? 0 : 1));
  const { index } = colors;
  for (let i = 0; i < x.length; i++) {
    const column = Math.floor((x[i]! - left) * ratio);
    const line = Math.floor((y[i]! - top) * ratio);
    if (!(column >= 0 && column < width && line >= 0 && line < height)) continue;
    const row = index[i]!;
    const weight = bright !== null && bright[i] === 0 ? DIMMED * share[row]! : share[row]!;
    const at = 4 * (line * width + column);
    sums[at]! += weight * table[3 * row]!;
    sums[at + 1]! += weight * table[3 * row + 1]!;
    sums[at + 2]! += weight * table[3 * row + 2]!;
    sums[at + 3]! += weight;
  }
  return toImage(sums, width, height);
}

function toImage(sums: Float32Array, width: number, height: number): ImageData {
  const image = new ImageData(width, height);
  const { data } = image;
  const opacities = Float32Array.from({ length: MANY + 1 }, (_, count) => opacity(count));
  for (let at = 0; at < sums.length; at += 4) {
    const weight = sums[at + 3]!;
    if (weight === 0) continue;
    data[at] = sums[at]! / weight;
    data[at + 1] = sums[at + 1]! / weight;
    data[at + 2] = sums[at + 2]! / weight;
    const rounded = weight >= MANY ? MANY : weight;
    data[at + 3] = rounded === (rounded | 0) ? opacities[rounded]! : opacity(rounded);
  }
  return image;
}

function opacity(weight: number): number {
  return 255 * (weight < 1 ? weight * 3 : 1 - 0.55 * 0.75 ** weight);
}

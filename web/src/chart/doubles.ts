/** Reading long arrays of any kind of number at the speed of one kind. */

/** So many numbers are read at a time. */
export const PIECE = 16_384;
const buffer = new Float64Array(PIECE);

/**
 * Give an array piece by piece as doubles: `visit(piece, start, length)`.
 *
 * A loop that meets arrays of many kinds is several times slower than one that meets a single
 * kind, and copying a piece costs next to nothing. A piece is only good until the next one.
 */
export function eachPiece(
  values: ArrayLike<number>,
  visit: (piece: Float64Array, start: number, length: number) => void,
): void {
  for (let start = 0; start < values.length; start += PIECE) visit(buffer, start, copied(values, start, buffer));
}

/** Copy the piece that begins at `start` into `into`, which holds `PIECE` numbers; give how many there are. */
export function copied(values: ArrayLike<number>, start: number, into: Float64Array): number {
  const length = Math.min(PIECE, values.length - start);
  if (ArrayBuffer.isView(values)) into.set((values as unknown as Float64Array).subarray(start, start + length));
  else for (let i = 0; i < length; i++) into[i] = values[start + i]!;
  return length;
}

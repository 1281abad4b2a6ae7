/** Reading long arrays of any kind of number at the speed of one kind. */

const CHUNK = 16_384;
const buffer = new Float64Array(CHUNK);

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
  for (let start = 0; start < values.length; start += CHUNK) {
    const length = Math.min(CHUNK, values.length - start);
    if (ArrayBuffer.isView(values)) buffer.set((values as unknown as Float64Array).subarray(start, start + length));
    else for (let i = 0; i < length; i++) buffer[i] = values[start + i]!;
    visit(buffer, start, length);
  }
}

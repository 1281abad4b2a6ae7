/** Which rows of one list of ids belong to another. */

import type { AnyArray, NumberArray } from './types';

/** For each wanted id its row among the known ones; -1 for one that is not there. */
export function rowsOf(known: AnyArray, wanted: AnyArray): Int32Array {
  const [here, asked] = [known.data as ArrayLike<unknown>, wanted.data as ArrayLike<unknown>];
  const rows = new Int32Array(asked.length);
  let rowOf: Map<unknown, number> | null = null;
  for (let i = 0; i < asked.length; i++) {
    if (here[i] === asked[i]) {
      rows[i] = i;
      continue;
    }
    // Mostly ids are the same in the same order, and no table of them is needed.
    rowOf ??= new Map(Array.from(here, (id, row) => [id, row]));
    rows[i] = rowOf.get(asked[i]) ?? -1;
  }
  return rows;
}

/** Numbers of some rows; `missing` where there is no such row. */
export function taken(array: NumberArray, rows: Int32Array, missing: number): NumberArray {
  if (isAll(rows, array.data.length)) return array;
  const data = Float64Array.from(rows, (row) => (row < 0 ? missing : array.data[row]!));
  return { ...array, data, shape: [rows.length] };
}

/** Blocks of bytes of some rows, such as pictures; null if one of them is not there. */
export function blocks(array: NumberArray, rows: Int32Array): NumberArray | null {
  const [count = 0, ...block] = array.shape;
  if (isAll(rows, count)) return array;
  if (rows.includes(-1)) return null;
  const size = block.reduce((product, side) => product * side, 1);
  const data = new Uint8Array(rows.length * size);
  rows.forEach((row, i) => data.set(array.data.subarray(row * size, (row + 1) * size), i * size));
  return { ...array, data, shape: [rows.length, ...block] };
}

function isAll(rows: Int32Array, count: number): boolean {
  return rows.length === count && rows.every((row, i) => row === i);
}

/** The colours of points, flat or in space: a small table, and the row of each point in it. */

import type { Categories, Continuous, NumberArray, Theme, Tone } from '../data/types';
import { categoricalColor, colorTable, rgb, scaleColor, tableIndex, toneColor } from '../state/colors';
import { eachPiece } from './doubles';

/** The colour of every point: `rows[index[i]]`, as red, green, blue from 0 to 255. */
export interface PointColors {
  rows: readonly (readonly number[])[];
  index: Uint16Array;
}

interface Mark {
  x: NumberArray;
  color: Categories | Continuous | null;
  tone: Tone;
}

/** The last row is that of points without a class, or without a number. */
export function colorsOf({ x, color, tone }: Mark, theme: Theme): PointColors {
  const rows = color ? tableOf(color, theme) : [rgb(toneColor(tone, theme))];
  let index = known.get(color ?? x);
  if (!index) known.set(color ?? x, (index = color ? rowsOf(color) : new Uint16Array(x.data.length)));
  return { rows, index };
}

const known = new WeakMap<object, Uint16Array>();

function tableOf(color: Categories | Continuous, theme: Theme): number[][] {
  if (color.type === 'categories') {
    return [...color.names.map((_, code) => rgb(categoricalColor(code, theme))), rgb(toneColor('muted', theme))];
  }
  const table = colorTable(color.scale.kind, theme);
  const rows = Array.from({ length: 256 }, (_, i) => [...table.subarray(3 * i, 3 * i + 3)]);
  return [...rows, scaleColor(color.scale, NaN, theme)];
}

function rowsOf(color: Categories | Continuous): Uint16Array {
  const values = color.type === 'categories' ? color.codes.data : color.values.data;
  const index = new Uint16Array(values.length);
  const rowOf = color.type === 'categories' ? (code: number) => code : (value: number) => tableIndex(color.scale, value);
  const last = color.type === 'categories' ? color.names.length : 256;
  eachPiece(values, (piece, start, length) => {
    for (let i = 0; i < length; i++) {
      const row = rowOf(piece[i]!);
      index[start + i] = row < 0 ? last : row;
    }
  });
  return index;
}

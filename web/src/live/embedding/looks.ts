/** What the samples of a map look like: the same wherever they lie, so the page keeps it apart. */

import { blocks, rowsOf, taken } from '../../data/rows';
import type { AnyArray, Categories, Continuous, Figure, NumberArray, Points, Points3D } from '../../data/types';

type Color = Categories | Continuous;

export interface Colors {
  ids: AnyArray;
  /** By the name of the column. */
  colors: Readonly<Record<string, Color>>;
}

export interface Pictures {
  ids: AnyArray;
  thumbnails: NumberArray | null;
  note: string;
}

/** The map with its samples coloured by a column; without a colour if there is no such column. */
export function colored(figure: Figure, { ids, colors }: Colors, column: string): Figure {
  const color = Object.hasOwn(colors, column) ? colors[column]! : null;
  return withMark(figure, (mark) => ({ color: color && mark.ids && rowsOfColor(color, rowsOf(ids, mark.ids.values)) }));
}

function rowsOfColor(color: Color, rows: Int32Array): Color {
  if (color.type === 'categories') return { ...color, codes: taken(color.codes, rows, -1) };
  return { ...color, values: taken(color.values, rows, NaN) };
}

/** The map with what appears when a sample is pointed at. */
export function pictured(figure: Figure, { ids, thumbnails, note }: Pictures): Figure {
  const found = withMark(figure, (mark) => ({
    thumbnails: thumbnails && mark.ids && blocks(thumbnails, rowsOf(ids, mark.ids.values)),
  }));
  return { ...found, panels: found.panels.map((panel) => ({ ...panel, note: panel.note || note })) };
}

function withMark(figure: Figure, changes: (mark: Points | Points3D) => Partial<Pick<Points, 'color' | 'thumbnails'>>): Figure {
  const [panel, ...others] = figure.panels;
  const mark = panel!.marks[0] as Points | Points3D;
  return { ...figure, panels: [{ ...panel!, marks: [{ ...mark, ...changes(mark) } as Points] }, ...others] };
}

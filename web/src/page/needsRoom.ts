/** Whether a figure is given the whole width of the page. */

import { tableColumns } from '../data/decode';
import type { FigureOutline } from '../data/types';

/** Tables of more columns are given the whole width. */
const NARROW_TABLE = 5;

export function needsRoom(figure: FigureOutline): boolean {
  if (figure.columns > 1 || figure.panels.length > 1) return true;
  const [mark] = figure.panels[0]!.marks;
  const roomy = mark !== undefined && ['tiles', 'tokens', 'graph'].includes(mark.type);
  return roomy || tableColumns(figure) > NARROW_TABLE;
}

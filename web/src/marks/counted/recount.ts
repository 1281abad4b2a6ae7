/** A matrix of counts drawn as the reader wants it: order, shares, what is hidden, which classes. */

import type { ColorScale, Counted, Ids, Matrix, NumberArray, Panel, StringArray } from '../../data/types';
import type { Words } from '../../words/en';

export interface Recount {
  /** Name of an order; null for the one that was drawn. */
  order: string | null;
  shares: Counted['shares'];
  diagonal: boolean;
  /** Cells of fewer samples are hidden. */
  least: number;
  /** Part of the names of the classes that are wanted; empty for all. */
  find: string;
}

/** Larger matrices have no numbers in their cells, and leave out the classes nothing is seen of. */
const MANY = 40;

export function asDrawn(counted: Counted): Recount {
  return { order: null, shares: counted.shares, diagonal: counted.diagonal, least: 0, find: '' };
}

/** The same panel where the reader changed nothing. */
export function recounted(panel: Panel, wanted: Recount, words: Words): Panel {
  const mark = panel.marks[0] as Matrix;
  const counted = mark.counted!;
  const drawn = asDrawn(counted);
  if ((Object.keys(drawn) as (keyof Recount)[]).every((key) => drawn[key] === wanted[key])) return panel;
  const order = [...((wanted.order && counted.orders.get(wanted.order)) || [...counted.orders.values()][0]!).data];
  const names = panel.y!.categories;
  const rows = chosenRows(counted, order, names, wanted);
  const values = valuesOf(counted, rows, wanted);
  const made: Matrix = {
    ...mark,
    values: { kind: 'float', data: values, shape: [rows.length, rows.length] },
    color: colorOf(mark, panel, values, wanted, words),
    cells: rows.length > MANY ? null : textsOf(values, rows.length, wanted, words),
    ids: mark.ids && idsOf(mark.ids, names.length, rows),
    counted: null,
  };
  const categories = rows.map((row) => names[row]!);
  return {
    ...panel,
    marks: [made],
    x: { ...panel.x!, categories },
    y: { ...panel.y!, categories },
    note: noteOf(counted, rows, wanted, words),
  };
}

/** The rows that are seen, in their order. */
export function chosenRows(counted: Counted, order: readonly number[], names: readonly string[], wanted: Recount): number[] {
  const count = names.length;
  const confused = (row: number, other: number) => {
    const most = Math.max(counted.counts.data[row * count + other]!, counted.counts.data[other * count + row]!);
    return row !== other && most >= Math.max(1, wanted.least);
  };
  const part = wanted.find.trim().toLowerCase();
  const matching = part ? order.filter((row) => names[row]!.toLowerCase().includes(part)) : [];
  if (matching.length) {
    const found = new Set(matching);
    return order.filter((row) => found.has(row) || matching.some((other) => confused(row, other)));
  }
  if (wanted.least > 1 && count > MANY) {
    const seen = order.filter((row) => order.some((other) => confused(row, other)));
    return seen.length ? seen : [...order];
  }
  return [...order];
}

/** Numbers of the cells; NaN where a cell is hidden or nothing can be divided. */
function valuesOf(counted: Counted, rows: readonly number[], wanted: Recount): Float64Array {
  const count = counted.counts.shape[0]!;
  const counts = counted.counts.data;
  const totals = totalsOf(counts, count, wanted.shares);
  const values = new Float64Array(rows.length ** 2);
  rows.forEach((row, i) => {
    rows.forEach((column, j) => {
      const held = counts[row * count + column]!;
      const hidden = (!wanted.diagonal && row === column) || (held > 0 && held < wanted.least);
      values[i * rows.length + j] = hidden ? NaN : held / totals(row, column);
    });
  });
  return values;
}

function totalsOf(counts: ArrayLike<number>, count: number, shares: Counted['shares']) {
  if (shares === '') return () => 1;
  const sums = new Float64Array(count);
  let all = 0;
  for (let cell = 0; cell < count * count; cell++) {
    sums[shares === 'columns' ? cell % count : Math.floor(cell / count)]! += counts[cell]!;
    all += counts[cell]!;
  }
  if (shares === 'all') return () => all;
  // Nothing divided by nothing is NaN: there is no such share.
  return (row: number, column: number) => sums[shares === 'rows' ? row : column]!;
}

function colorOf(mark: Matrix, panel: Panel, values: Float64Array, wanted: Recount, words: Words): ColorScale {
  const { shares, diagonal } = wanted;
  const drawn = mark.counted!;
  const side = shares === 'rows' ? panel.y!.label : panel.x!.label;
  const label = shares === '' ? words.samples : shares === 'all' ? words.shareOfAll : words.shareOf(side);
  const ofSide = shares === 'rows' || shares === 'columns';
  if (ofSide && diagonal) return { ...mark.color, low: 0, high: 1, label };
  // The colours of a film stay the same where it is drawn as it was.
  if (shares === drawn.shares && diagonal === drawn.diagonal) return { ...mark.color, label };
  const high = values.reduce((most, value) => (value > most ? value : most), 0);
  return { ...mark.color, low: 0, high: high || 1, label };
}

function textsOf(values: Float64Array, count: number, { shares }: Recount, words: Words): StringArray {
  const write = (value: number) => {
    if (Number.isNaN(value) || value === 0) return '';
    if (!shares) return words.number(value);
    return `${(100 * value).toFixed(value >= 0.0995 ? 0 : 1)}%`;
  };
  return { kind: 'string', data: Array.from(values, write), shape: [count, count] };
}

/** The ids of the cells that are still there, at their new places. */
function idsOf(ids: Ids, count: number, rows: readonly number[]): Ids {
  const place = new Int32Array(count).fill(-1);
  rows.forEach((row, i) => (place[row] = i));
  const elements: number[] = [];
  const kept: number[] = [];
  const before = ids.elements!.data;
  for (let i = 0; i < before.length; i++) {
    const row = place[Math.floor(before[i]! / count)]!;
    const column = place[before[i]! % count]!;
    if (row < 0 || column < 0) continue;
    elements.push(row * rows.length + column);
    kept.push(i);
  }
  const at: NumberArray = { kind: 'int', data: Int32Array.from(elements), shape: [elements.length] };
  return { ...ids, elements: at, values: picked(ids.values, kept) };
}

function picked(values: Ids['values'], kept: readonly number[]): Ids['values'] {
  const shape = [kept.length];
  if (values.kind === 'string') return { ...values, data: kept.map((i) => values.data[i]!), shape };
  return { ...values, data: Float64Array.from(kept, (i) => values.data[i]!), shape };
}

function noteOf(counted: Counted, rows: readonly number[], wanted: Recount, words: Words): string {
  const count = counted.counts.shape[0]!;
  const seen = new Set(rows);
  let [cells, samples] = [0, 0];
  counted.counts.data.forEach((held, cell) => {
    if (held < 1 || held >= wanted.least || !seen.has(Math.floor(cell / count)) || !seen.has(cell % count)) return;
    cells++;
    samples += held;
  });
  return [
    rows.length < count ? words.classesSeen(rows.length, count, wanted.find.trim(), wanted.least) : '',
    wanted.diagonal ? '' : words.rightHidden,
    rows.length <= MANY ? words.zerosEmpty : '',
    cells ? words.cellsHidden(cells, samples, wanted.least) : '',
  ]
    .filter(Boolean)
    .join(' ');
}

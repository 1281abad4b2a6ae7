/** Parallel coordinates as numbers: which runs pass which ranges, in which order the axes stand. */

import { formatValue } from '../../chart/format';
import { makeScale } from '../../chart/scale';
import { numericTicks } from '../../chart/ticks';
import type { Axis, Line, Panel, Tone } from '../../data/types';
import { idsOf, type Id } from '../../state/selection.svelte';

/** Heights on an axis, from 0 at its foot to 1 at its head. */
export type Range = readonly [low: number, high: number];
/** The range that is brushed on each axis that has a brush, by the number of the axis. */
export type Brushes = ReadonlyMap<number, Range>;

export interface Row {
  mark: Line;
  tone: Tone;
  id: Id | undefined;
  /** Height on every axis; NaN where the run has no such setting. */
  heights: ArrayLike<number>;
}

const NAMES_PX = 15;
const TICKS_PX = 48;

export function rowsOf(panel: Panel): Row[] {
  return (panel.marks as readonly Line[]).map((mark) => ({
    mark,
    tone: mark.tone,
    id: idsOf(mark.ids, 0)[0],
    heights: mark.y.data,
  }));
}

/** Whether a row passes all brushes: one without a value on a brushed axis does not. */
export function passes(row: Row, brushes: Brushes): boolean {
  for (const [axis, [low, high]] of brushes) {
    const height = row.heights[axis]!;
    if (!(height >= low && height <= high)) return false;
  }
  return true;
}

/** The ids of the rows that pass. */
export function passing(rows: readonly Row[], brushes: Brushes): Id[] {
  return rows.flatMap((row) => (row.id !== undefined && passes(row, brushes) ? [row.id] : []));
}

/** The order of the axes as it was kept, if it is one of `count` axes; else as they are given. */
export function orderFrom(text: string | null, count: number): number[] {
  const read = (text ?? '').split(' ').map(Number);
  const given = Array.from({ length: count }, (_, i) => i);
  const isOne = read.length === count && given.every((axis) => read.includes(axis));
  return isOne ? read : given;
}

/** Put an axis into another place; the others keep their order. */
export function moved(order: readonly number[], axis: number, place: number): number[] {
  const rest = order.filter((other) => other !== axis);
  rest.splice(Math.max(0, Math.min(rest.length, place)), 0, axis);
  return rest;
}

/** Ticks of an axis, by height. */
export function ticksOf(axis: Axis, pixels: number): { height: number; label: string }[] {
  if (axis.scale === 'category') {
    const last = axis.categories.length - 1;
    const stride = Math.max(1, Math.ceil((last + 1) / Math.max(1, Math.floor(pixels / NAMES_PX))));
    return axis.categories.flatMap((label, i) =>
      i % stride === 0 ? [{ height: last ? i / last : 0, label }] : [],
    );
  }
  if (!axis.domain) return [];
  const scale = makeScale(axis.scale, axis.domain, [0, 1]);
  const count = Math.max(2, Math.round(pixels / TICKS_PX));
  return numericTicks(scale, count, axis.integers).map(({ value, label }) => ({
    height: scale.at(value),
    label,
  }));
}

/** What a height on an axis stands for. */
export function valueAt(axis: Axis, height: number): string {
  if (!Number.isFinite(height)) return '–';
  if (axis.scale === 'category')
    return axis.categories[Math.round(height * (axis.categories.length - 1))] ?? '–';
  return axis.domain ? formatValue(makeScale(axis.scale, axis.domain, [0, 1]).invert(height)) : '–';
}

/** The row whose line runs nearest to a point, within `reach` pixels; -1 if none does. */
export function nearestRow(
  rows: readonly Row[],
  order: readonly number[],
  at: { x: number; y: number },
  place: { x: (slot: number) => number; y: (height: number) => number },
  reach: number,
): number {
  let [best, least] = [-1, reach];
  for (let slot = 0; slot + 1 < order.length; slot++) {
    const [left, right] = [place.x(slot), place.x(slot + 1)];
    if (at.x < left - reach || at.x > right + reach) continue;
    const share = Math.max(0, Math.min(1, (at.x - left) / (right - left)));
    rows.forEach((row, i) => {
      const [from, to] = [row.heights[order[slot]!]!, row.heights[order[slot + 1]!]!];
      const distance = Math.abs(place.y(from + share * (to - from)) - at.y);
      if (distance < least) [best, least] = [i, distance];
    });
  }
  return best;
}

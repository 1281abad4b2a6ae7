/** A sample and those nearest to it: what the server draws of them, or what a saved copy holds. */

import { formatValue } from '../../chart/format';
import { blocks, rowsOf } from '../../data/rows';
import type { AnyArray, Figure, NumberArray, Tiles } from '../../data/types';
import type { Id } from '../../state/selection.svelte';
import { term } from '../../words/term';
import type { Pictures } from './looks';

export interface Near {
  ids: readonly Id[];
  /** What is said of each. */
  lines: readonly (readonly string[])[];
  images: Pick<Tiles, 'images' | 'color'> | null;
  note: string;
}

export function nearIn(figure: Figure): Near {
  const mark = figure.panels[0]!.marks[0]!;
  const ids = 'ids' in mark && mark.ids ? Array.from(mark.ids.values.data as ArrayLike<Id>) : [];
  const said = (at: number): string[] => {
    if (mark.type === 'tiles') return mark.captions?.[at]?.split('\n') ?? [];
    if (mark.type === 'tokens') return [...(mark.captions?.[at]?.split('\n') ?? []), mark.texts[at]!.join('')];
    if (mark.type !== 'table') return [];
    return [...mark.columns].map(([name, values]) => {
      const value = values.data[at]!;
      return `${term(name)} ${typeof value === 'number' ? formatValue(value) : value}`;
    });
  };
  return { ids, lines: ids.map((_, at) => said(at)), images: mark.type === 'tiles' ? mark : null, note: figure.note };
}

/** Neighbours of every sample, by distance: rows of the samples, the nearest first. */
export interface HeldNear {
  ids: AnyArray;
  names: readonly string[];
  near: Readonly<Record<string, Record<'rows' | 'apart', NumberArray>>>;
  note: string;
}

const GRAY = { type: 'color_scale', kind: 'gray', low: 0, high: 255, label: '', unit: '', integers: true } as const;

export function heldNear({ ids, names, near, note }: HeldNear, pictures: Pictures, sample: Id, metric: string): Near {
  const all = ids.data as ArrayLike<Id>;
  const own = Array.from(all).indexOf(sample);
  const part = (what: 'rows' | 'apart') => {
    const { data, shape } = near[metric]![what];
    return Array.from(data.subarray(own * shape[1]!, (own + 1) * shape[1]!));
  };
  const [rows, apart] = own < 0 ? [[], []] : [[own, ...part('rows')], [0, ...part('apart')]];
  const lines = rows.map((row, at) => [...names[row]!.split('\n'), ...(at ? [`distance ${formatValue(apart[at]!)}`] : [])]);
  const found = rows.map((row) => all[row]!);
  const { thumbnails } = pictures;
  const images = thumbnails && blocks(thumbnails, rowsOf(pictures.ids, { data: found } as unknown as AnyArray));
  const color = images?.shape.length === 3 ? GRAY : null;
  return { ids: found, lines, images: images && { images, color }, note };
}

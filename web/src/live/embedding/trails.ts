/** Where selected samples lay at the steps before: a path of each, its stops coloured by the step. */

import type { ColorScale, Continuous, Figure, Line, NumberArray, Points } from '../../data/types';
import { indexOfId, type Id } from '../../state/idSet';

/** More paths than this hide each other. */
export const MOST_SAMPLES = 20;
const MOST_STEPS = 40;

/** The map of an earlier step. */
export interface Past {
  step: number;
  figure: Figure;
}

/** The steps at which a path stops: all up to one of them; of very many some, as far apart. */
export function stopsOf(steps: readonly number[], last: number): number[] {
  const before = steps.filter((step) => step <= last);
  const apart = Math.max(1, (before.length - 1) / (MOST_STEPS - 1));
  const count = Math.min(before.length, MOST_STEPS);
  return Array.from({ length: count }, (_, i) => before[Math.round(i * apart)]!);
}

/** The map with the paths of some of its samples behind it. */
export function withTrails(figure: Figure, past: readonly Past[], ids: readonly Id[]): Figure {
  const [panel, ...others] = figure.panels;
  const stops = ids.map((id) => past.flatMap(({ step, figure: map }) => stopOf(map, id, step)));
  const all = stops.flat();
  if (past.length < 2 || !all.length) return figure;
  const lines = stops.map((own): Line => ({
    type: 'line', ...placesOf(own), label: '', tone: 'muted', low: null, high: null, band_label: '',
    dash: 'solid', faint: false, markers: false, ids: null,
  }));
  const scale: ColorScale = {
    type: 'color_scale', kind: 'sequential', low: past[0]!.step, high: past.at(-1)!.step, label: 'step', unit: '', integers: true,
  };
  const color: Continuous = { type: 'continuous', values: numbers(all.map(({ step }) => step)), scale };
  const dots: Points = {
    type: 'points', ...placesOf(all), label: '', tone: 'muted', color, thumbnails: null, size: 6, ids: null,
    text: all.map(({ id, step }) => `${id}, step ${step}`),
  };
  return { ...figure, panels: [{ ...panel!, marks: [...panel!.marks, ...lines, dots] }, ...others] };
}

interface Stop {
  id: Id;
  step: number;
  x: number;
  y: number;
}

function stopOf(figure: Figure, id: Id, step: number): Stop[] {
  const mark = figure.panels[0]?.marks[0];
  if (mark?.type !== 'points' || !mark.ids) return [];
  const row = indexOfId(mark.ids.values.data, id);
  return row < 0 ? [] : [{ id, step, x: mark.x.data[row]!, y: mark.y.data[row]! }];
}

function placesOf(stops: readonly Stop[]): { x: NumberArray; y: NumberArray } {
  return { x: numbers(stops.map(({ x }) => x)), y: numbers(stops.map(({ y }) => y)) };
}

function numbers(values: readonly number[]): NumberArray {
  return { kind: 'float', data: Float64Array.from(values), shape: [values.length] };
}

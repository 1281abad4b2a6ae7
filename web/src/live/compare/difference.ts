/** One picture minus another: matrices, tiles and bars of equal shape, on a scale centred on zero. */

import type {
  Bars,
  ColorScale,
  Figure,
  Mark,
  Matrix,
  NumberArray,
  NumberData,
  Panel,
  Tiles,
} from '../../data/types';

/** Null if the two hold nothing that can be subtracted. */
export function subtract(one: Figure, other: Figure): Figure | null {
  const panels = one.panels.flatMap((panel, i) => {
    const partner = partnerOf(i, one.panels, other.panels);
    const made = partner && subtractPanel(panel, partner);
    return made ? [made] : [];
  });
  if (!panels.length) return null;
  const whole = panels.length === one.panels.length;
  return { ...one, panels, widths: whole ? one.widths : [], columns: Math.min(one.columns, panels.length), note: '' };
}

/** The panel of the same title; one without a title goes with the last one before it that has one. */
function partnerOf(place: number, panels: readonly Panel[], others: readonly Panel[]): Panel | undefined {
  let titled = place;
  while (titled >= 0 && !panels[titled]!.title) titled -= 1;
  if (titled < 0) return others[place];
  const same = others[titled]?.title === panels[titled]!.title;
  const at = same ? titled : others.findIndex(({ title }) => title === panels[titled]!.title);
  const partner = at < 0 ? undefined : others[at + place - titled];
  return titled < place && partner?.title ? undefined : partner;
}

function subtractPanel(one: Panel, other: Panel): Panel | null {
  const marks = one.marks.flatMap((mark, i) => {
    const partner = other.marks[i];
    const made = partner && subtractMark(mark, partner);
    return made ? [made] : [];
  });
  return marks.length ? { ...one, marks, note: '' } : null;
}

function subtractMark(one: Mark, other: Mark): Mark | null {
  if (one.type === 'matrix' && other.type === 'matrix') return subtractMatrix(one, other);
  if (one.type === 'tiles' && other.type === 'tiles') return subtractTiles(one, other);
  if (one.type === 'bars' && other.type === 'bars') return subtractBars(one, other);
  return null;
}

function subtractMatrix(one: Matrix, other: Matrix): Matrix | null {
  const values = difference(one.values, other.values);
  return values && { ...one, values, color: centred(one.color, values), cells: null };
}

/** Inputs (in grey, or in their own colours) are what they are; weights and feature maps change. */
function subtractTiles(one: Tiles, other: Tiles): Tiles | null {
  if (!one.color || one.color.kind === 'gray' || !other.color || !sameIds(one, other)) return null;
  const images = difference(one.images, other.images);
  return images && { ...one, images, color: centred(one.color, images), verdicts: null, overlays: [] };
}

function subtractBars(one: Bars, other: Bars): Bars | null {
  if (!sameEdges(one.edges, other.edges)) return null;
  const heights = difference(one.heights, other.heights);
  return heights && { ...one, heights, text: null };
}

function difference(one: NumberArray, other: NumberArray): NumberArray | null {
  if (one.shape.length !== other.shape.length || one.shape.some((n, i) => n !== other.shape[i])) return null;
  const data = Float64Array.from(one.data as ArrayLike<number>, (value, i) => value - other.data[i]!);
  return { kind: 'float', data, shape: one.shape };
}

/** Red is more and blue is less, and white is no change. */
function centred(scale: ColorScale, values: NumberArray): ColorScale {
  const reach = largest(values.data) || 1;
  return { ...scale, kind: 'signed', low: -reach, high: reach };
}

function largest(values: NumberData): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > most && size < Infinity) most = size;
  }
  return most;
}

function sameEdges(one: NumberArray | null, other: NumberArray | null): boolean {
  if (!one || !other) return one === other;
  return one.data.length === other.data.length && one.data.every((edge, i) => edge === other.data[i]);
}

function same(one: ArrayLike<number | string>, other: ArrayLike<number | string>): boolean {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** Tiles may be sorted by what they show: only the same things in the same places are compared. */
function sameIds(one: Tiles, other: Tiles): boolean {
  const [ids, others] = [one.ids?.values.data, other.ids?.values.data];
  if (ids && others) return ids.length === others.length && same(ids, others);
  const [captions, otherCaptions] = [one.captions, other.captions];
  if (captions && otherCaptions) return captions.every((caption, i) => caption === otherCaptions[i]);
  return true;
}

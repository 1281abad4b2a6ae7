/**
 * The document a page shows, decoded: sections of figures and films, made of marks.
 *
 * The names are those of the dataclasses in `bathyscope.figures` (`marks.py`, `figure.py`, `color.py`).
 * Every object carries its `type`. Absent values are `null`. Arrays are flat typed arrays in row-major
 * order with their shape, so NaN and infinities are simply there; mappings keep their order as `Map`.
 */

/** Typed arrays of numbers. Whole numbers beyond 2^53 arrive as strings (see `IdArray`). */
export type NumberData =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** What the values were in Python; their typed array may be a smaller one that holds them exactly. */
export type NumberKind = 'float' | 'int' | 'bool';

export interface NumberArray {
  kind: NumberKind;
  data: NumberData;
  shape: readonly number[];
}

export interface StringArray {
  kind: 'string';
  data: readonly string[];
  shape: readonly number[];
}

export type AnyArray = NumberArray | StringArray;

export type Theme = 'light' | 'dark';
export type ScaleKind = 'sequential' | 'signed' | 'gray';
export type Tone = number | string;
export type Verdict = '' | 'right' | 'wrong';

export interface ColorScale {
  type: 'color_scale';
  kind: ScaleKind;
  low: number;
  high: number;
  label: string;
  unit: string;
  /** Whether only whole numbers make sense. */
  integers: boolean;
}

export interface Ids {
  type: 'ids';
  kind: string;
  values: AnyArray;
  /** The element each id belongs to; without it one id per element, or one id for the whole mark. */
  elements: NumberArray | null;
}

export interface Categories {
  type: 'categories';
  codes: NumberArray;
  names: readonly string[];
  label: string;
}

/** How a reader may go through the elements of a mark. */
export interface Browse {
  type: 'browse';
  /** Names of orders, and the elements in that order; the first is drawn unless another is chosen. */
  orders: ReadonlyMap<string, NumberArray>;
  facets: readonly Categories[];
  numbers: ReadonlyMap<string, NumberArray>;
  /** How many are drawn at first. */
  first: number;
  /** How many there are in all; more than the mark holds where it holds only some. */
  total: number;
  /** Whether one choice holds for all marks of the figure that can be gone through. */
  together: boolean;
  /** Of what somebody who holds all elements chose; null where nobody can be asked. */
  asked: Asked | null;
}

/** A reader's choice, answered out of all elements there are. */
export interface Asked {
  type: 'asked';
  /** The question, as it was asked; empty for none. */
  choice: string;
  /** Elements of the mark that are like that, in the order asked for. */
  places: NumberArray;
  /** How many are like that in all. */
  found: number;
  /** By the label of a facet: how many each name stands for, were the other facets as chosen. */
  counts: ReadonlyMap<string, NumberArray>;
}

/** The counts behind a square matrix of classes, of its rows and columns as they are drawn. */
export interface Counted {
  type: 'counted';
  counts: NumberArray;
  orders: ReadonlyMap<string, NumberArray>;
  shares: '' | 'rows' | 'columns' | 'all';
  diagonal: boolean;
}

export interface Continuous {
  type: 'continuous';
  values: NumberArray;
  scale: ColorScale;
}

export interface Line {
  type: 'line';
  x: NumberArray;
  y: NumberArray;
  label: string;
  tone: Tone;
  low: NumberArray | null;
  high: NumberArray | null;
  band_label: string;
  dash: 'solid' | 'dash' | 'dot';
  faint: boolean;
  markers: boolean;
  ids: Ids | null;
}

export interface Points {
  type: 'points';
  x: NumberArray;
  y: NumberArray;
  label: string;
  tone: Tone;
  color: Categories | Continuous | null;
  text: readonly string[] | null;
  /** Shape (n, height, width) or (n, height, width, 3), whole numbers 0 to 255. */
  thumbnails: NumberArray | null;
  size: number;
  ids: Ids | null;
}

export interface Points3D {
  type: 'points3d';
  x: NumberArray;
  y: NumberArray;
  z: NumberArray;
  /** What is measured along each. */
  axes: readonly [string, string, string];
  label: string;
  tone: Tone;
  color: Categories | Continuous | null;
  text: readonly string[] | null;
  thumbnails: NumberArray | null;
  size: number;
  ids: Ids | null;
}

export interface Matrix {
  type: 'matrix';
  values: NumberArray;
  color: ColorScale;
  label: string;
  x: NumberArray | null;
  y: NumberArray | null;
  cells: StringArray | null;
  ids: Ids | null;
  counted: Counted | null;
}

export interface Bars {
  type: 'bars';
  heights: NumberArray;
  edges: NumberArray | null;
  label: string;
  tone: Tone;
  tones: readonly Tone[] | null;
  text: readonly string[] | null;
  horizontal: boolean;
  ids: Ids | null;
  /** Whether they count a part of what the bars below them count, and are drawn whole over them. */
  part?: boolean;
}

export interface Wave {
  type: 'wave';
  samples: NumberArray;
  rate_hz: number;
  label: string;
  spectrogram: NumberArray | null;
  ids: Ids | null;
}

export interface Heat {
  type: 'heat';
  values: NumberArray;
  color: ColorScale;
  opacity: number;
}

export interface Boxes {
  type: 'boxes';
  tile: NumberArray;
  corners: NumberArray;
  labels: readonly string[];
  tones: readonly Tone[];
}

export type Overlay = Heat | Boxes;

export interface Tiles {
  type: 'tiles';
  images: NumberArray;
  color: ColorScale | null;
  label: string;
  captions: readonly string[] | null;
  verdicts: readonly Verdict[] | null;
  columns: number | null;
  overlays: readonly Overlay[];
  ids: Ids | null;
  browse: Browse | null;
  /** Of which the images are pictures: whole numbers of 16 bits. */
  sounds?: NumberArray | null;
  rate_hz?: number;
}

export interface Tokens {
  type: 'tokens';
  texts: readonly (readonly string[])[];
  weights: readonly NumberArray[] | null;
  color: ColorScale | null;
  label: string;
  captions: readonly string[] | null;
  verdicts: readonly Verdict[] | null;
  ids: Ids | null;
  browse: Browse | null;
}

export interface Graph {
  type: 'graph';
  labels: readonly string[];
  x: NumberArray;
  y: NumberArray;
  edges: NumberArray;
  tones: readonly Tone[] | null;
  label: string;
  ids: Ids | null;
}

export interface Table {
  type: 'table';
  columns: ReadonlyMap<string, AnyArray>;
  formats: ReadonlyMap<string, string>;
  bars: readonly string[];
  /** Columns in which NaN means that there is no such number. */
  dashes: readonly string[];
  label: string;
  ids: Ids | null;
  browse: Browse | null;
}

export interface Note {
  type: 'note';
  text: string;
  tone: 'info' | 'warning' | 'error';
}

export type CartesianMark = Line | Points | Matrix | Bars | Wave;
export type FreeMark = Points3D | Tiles | Tokens | Graph | Table | Note;
export type Mark = CartesianMark | FreeMark;

export interface Axis {
  type: 'axis';
  label: string;
  unit: string;
  scale: 'linear' | 'log' | 'category';
  domain: readonly [number, number] | null;
  categories: readonly string[];
  integers: boolean;
  /** Whether the reader may move a line along this axis and read all curves there. */
  slider?: boolean;
}

/** What the page alone knows of an axis. */
export interface Axis {
  /** What the label was before it was translated. */
  original?: string;
}

export interface Panel {
  type: 'panel';
  marks: readonly Mark[];
  x: Axis | null;
  y: Axis | null;
  title: string;
  note: string;
  /** Of parallel coordinates, an axis for each place 0, 1, 2, ... along x; lines run from 0 to 1. */
  coordinates?: readonly Axis[];
}

export interface Figure {
  type: 'figure';
  title: string;
  panels: readonly Panel[];
  columns: number;
  /** Relative widths of the columns; empty when they are equal. */
  widths: readonly number[];
  note: string;
}

/** A figure whose arrays are not decoded yet: everything a placeholder needs. */
export interface FigureOutline {
  type: 'figure';
  title: string;
  panels: readonly {
    title: string;
    note: string;
    x: Axis | null;
    y: Axis | null;
    marks: readonly { type: Mark['type'] }[];
  }[];
  columns: number;
  widths: readonly number[];
  note: string;
}

/** Gives the bytes behind the arrays of a document. */
export interface BlobReader {
  bytes(blob: number, codec: string): Promise<ArrayBuffer>;
}

/** `loadFigure(item)` of `decode.ts` gives the figure. */
export interface FigureItem {
  kind: 'figure';
  figure: FigureOutline;
  blobs: BlobReader;
}

/** `loadFigure(item, index)` gives the figure at `steps[index]`. */
export interface FilmItem {
  kind: 'film';
  steps: readonly number[];
  figures: readonly FigureOutline[];
  note: string;
  blobs: BlobReader;
}

export type Item = FigureItem | FilmItem;

export interface Section {
  title: string;
  room: string;
  /** Only the heading is seen until a reader opens it. */
  folded: boolean;
  items: readonly Item[];
}

/** The colours of one theme, all from `bathyscope.figures.color`. */
export interface Palette {
  /** For each kind of scale 256 colours as r, g, b, one after another. */
  scales: Readonly<Record<ScaleKind, Uint8Array>>;
  categorical: readonly string[];
  tones: Readonly<Record<string, string>>;
  /** For NaN, as #rrggbb. */
  missing: string;
}

export interface Document {
  version: number;
  title: string;
  facts: readonly (readonly [label: string, value: string, detail?: string])[];
  sections: readonly Section[];
  colors: Readonly<Record<Theme, Palette>>;
}

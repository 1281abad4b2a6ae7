/** Grids of numbers as colours: exact cells while they can be seen, the extreme of several when not. */

import { paste } from '../../chart/canvas';
import { fillCells, pixelTable } from '../../chart/cellImage';
import type { Corner } from '../../chart/lasso';
import { colorTable, rgb, scaleColor } from '../../state/colors';
import { formatValue } from '../../chart/format';
import { nameAt, type Extent, type Frame, type Hit, type Rect } from '../../chart/frame';
import type { Scale } from '../../chart/scale';
import { ordered } from '../../chart/ticks';
import type { Matrix, NumberArray } from '../../data/types';

const DIM = 0.22;
const CELL_FONT = 11;

export function extent(mark: Matrix): Extent {
  const [rows, columns] = mark.values.shape as [number, number];
  return {
    x: ordered(ends(edges(mark.x, columns))),
    y: ordered(ends(edges(mark.y, rows))),
    roomX: 0,
    roomY: 0,
  };
}

/** Borders between cells: half way between their positions. */
export function edges(positions: NumberArray | null, count: number): Float64Array {
  const at = positions ? positions.data : Float64Array.from({ length: count }, (_, i) => i);
  const borders = new Float64Array(count + 1);
  for (let i = 1; i < count; i++) borders[i] = (at[i - 1]! + at[i]!) / 2;
  borders[0] = count > 1 ? at[0]! - (borders[1]! - at[0]!) : at[0]! - 0.5;
  borders[count] = count > 1 ? at[count - 1]! + (at[count - 1]! - borders[count - 1]!) : at[0]! + 0.5;
  return borders;
}

/** Whether the first row lies at the low end of a numeric y axis, which must then run downwards. */
export function runsDown(mark: Matrix): boolean {
  const y = mark.y?.data;
  return !y || y.length < 2 || y[0]! <= y[y.length - 1]!;
}

export function draw(
  context: CanvasRenderingContext2D,
  mark: Matrix,
  frame: Frame,
  bright: Uint8Array | null,
): void {
  const place = locate(mark, frame);
  context.save();
  context.imageSmoothingEnabled = false;
  paste(context, picture(mark, frame, place, bright), frame.plot);
  if (mark.cells) drawTexts(context, mark, frame, place, bright);
  context.restore();
}

interface Place {
  rows: number;
  columns: number;
  xEdges: Float64Array;
  yEdges: Float64Array;
}

function locate(mark: Matrix, frame: Frame): Place {
  const [rows, columns] = mark.values.shape as [number, number];
  const pixels = (borders: Float64Array, scale: Scale) =>
    borders.map((value) => clampToDrawable(scale.at(value), scale));
  return {
    rows,
    columns,
    xEdges: pixels(edges(mark.x, columns), frame.x),
    yEdges: pixels(edges(mark.y, rows), frame.y),
  };
}

/** The border of a first cell may lie at or below zero on a log axis: it is drawn at the edge. */
function clampToDrawable(pixel: number, scale: Scale): number {
  return Number.isFinite(pixel) ? pixel : scale.range[0];
}

/** How many cells share one device pixel, across and down; 1 where every cell can be seen. */
export function cellsPerPixel(mark: Matrix, frame: Frame): [across: number, down: number] {
  const { rows, columns, xEdges, yEdges } = locate(mark, frame);
  const share = (count: number, [start, end]: [number, number]) =>
    Math.max(1, count / (Math.abs(end - start) * frame.ratio));
  return [share(columns, ends(xEdges)), share(rows, ends(yEdges))];
}

function picture(mark: Matrix, frame: Frame, place: Place, bright: Uint8Array | null): ImageData {
  const { plot, ratio } = frame;
  const width = Math.max(1, Math.round(plot.width * ratio));
  const height = Math.max(1, Math.round(plot.height * ratio));
  const across = cellsOfPixels(place.xEdges, plot.left, width, plot.width / width);
  const down = cellsOfPixels(place.yEdges, plot.top, height, plot.height / height);
  const colors = colorTable(mark.color.kind, frame.theme);
  const missing = scaleColor(mark.color, NaN, frame.theme);
  const ground = rgb(frame.inks.ground);
  const faded = (color: ArrayLike<number>) => Array.from(color, (value, i) => dimmed(value, ground[i % 3]!));
  const image = new ImageData(width, height);
  const cells = { values: mark.values.data, columns: place.columns, color: mark.color, bright };
  const [table, pale] = [pixelTable(colors, missing), pixelTable(faded(colors), faded(missing))];
  fillCells(image, cells, across, down, table, pale);
  return image;
}

function dimmed(value: number, ground: number): number {
  return DIM * value + (1 - DIM) * ground;
}

/** First and last cell under each pixel, in pairs; -1 where there is none. */
export function cellsOfPixels(
  borders: Float64Array,
  start: number,
  count: number,
  size: number,
): Int32Array {
  const pairs = new Int32Array(2 * count).fill(-1);
  const cells = borders.length - 1;
  for (let cell = 0; cell < cells; cell++) {
    const [low, high] = ordered([borders[cell]!, borders[cell + 1]!]);
    // A pixel belongs to the cell at its centre; a cell thinner than a pixel to the pixel it is in.
    let from = Math.ceil((low - start) / size - 0.5);
    let to = Math.ceil((high - start) / size - 0.5) - 1;
    if (to < from) from = to = Math.floor(((low + high) / 2 - start) / size);
    for (let p = Math.max(0, from); p <= Math.min(count - 1, to); p++) {
      const taken = pairs[2 * p]! >= 0;
      pairs[2 * p] = taken ? Math.min(pairs[2 * p]!, cell) : cell;
      pairs[2 * p + 1] = taken ? Math.max(pairs[2 * p + 1]!, cell) : cell;
    }
  }
  return pairs;
}

function drawTexts(
  context: CanvasRenderingContext2D,
  mark: Matrix,
  frame: Frame,
  { rows, columns, xEdges, yEdges }: Place,
  bright: Uint8Array | null,
): void {
  const cellHeight = Math.abs(yEdges[1]! - yEdges[0]!);
  if (cellHeight < CELL_FONT + 2) return;
  context.font = `${CELL_FONT}px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let row = 0; row < rows; row++) {
    const y = (yEdges[row]! + yEdges[row + 1]!) / 2;
    if (y < frame.plot.top || y > frame.plot.top + frame.plot.height) continue;
    for (let column = 0; column < columns; column++) {
      const text = mark.cells!.data[row * columns + column]!;
      const width = Math.abs(xEdges[column + 1]! - xEdges[column]!);
      if (!text || context.measureText(text).width > width - 4) continue;
      const value = mark.values.data[row * columns + column]!;
      const isDimmed = bright !== null && !bright[row * columns + column];
      const over = readable(scaleColor(mark.color, value, frame.theme));
      context.fillStyle = isDimmed ? frame.inks.soft : over;
      context.fillText(text, (xEdges[column]! + xEdges[column + 1]!) / 2, y);
    }
  }
}

/** Black or white, whichever stands out more on a colour (relative luminance of WCAG 2). */
export function readable(color: readonly number[]): string {
  const [r, g, b] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return luminance > 0.179 ? '#000000' : '#ffffff';
}

export function hit(mark: Matrix, frame: Frame, px: number, py: number): Hit | null {
  const { columns, xEdges, yEdges } = locate(mark, frame);
  const column = cellAt(xEdges, px);
  const row = cellAt(yEdges, py);
  if (row < 0 || column < 0) return null;
  const element = row * columns + column;
  const value = mark.values.data[element]!;
  const text = mark.cells?.data[element];
  const write = (positions: NumberArray | null, index: number) =>
    positions ? positions.data[index]! : index;
  const swatch = `rgb(${scaleColor(mark.color, value, frame.theme).join(' ')})`;
  const unit = mark.color.unit ? ` ${mark.color.unit}` : '';
  const note = text && text !== formatValue(value) ? ` · ${text}` : '';
  const written = formatValue(value) + unit + note;
  const lines = [
    { label: frame.yAxis.label, value: nameAt(frame.yAxis, write(mark.y, row), formatValue) },
    { label: frame.xAxis.label, value: nameAt(frame.xAxis, write(mark.x, column), formatValue) },
    { label: mark.color.label || mark.label || 'value', value: written, color: swatch },
  ];
  const spot = rectangle(xEdges, yEdges, row, column);
  return { element, distance: 0, title: '', lines, spot };
}

function rectangle(xs: Float64Array, ys: Float64Array, row: number, column: number): Rect {
  const [left, right] = ordered([xs[column]!, xs[column + 1]!]);
  const [top, bottom] = ordered([ys[row]!, ys[row + 1]!]);
  return { left, top, width: right - left, height: bottom - top };
}

/** Which cell a pixel lies in; -1 for none. */
export function cellAt(borders: Float64Array, pixel: number): number {
  const ascending = borders[borders.length - 1]! > borders[0]!;
  let low = 0;
  let high = borders.length - 1;
  const [least, most] = ordered(ends(borders));
  if (pixel < least || pixel > most) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ascending ? borders[middle]! <= pixel : borders[middle]! >= pixel) low = middle;
    else high = middle;
  }
  return low;
}

function ends(values: Float64Array): [number, number] {
  return [values[0]!, values[values.length - 1]!];
}

/** The cells whose middles lie in the box an outline spans. */
export function within(mark: Matrix, frame: Frame, outline: readonly Corner[]): number[] {
  const { rows, columns, xEdges, yEdges } = locate(mark, frame);
  const inside = (edges: Float64Array, along: readonly number[]) => {
    const [low, high] = [Math.min(...along), Math.max(...along)];
    const middles = Array.from(edges.subarray(1), (edge, i) => (edge + edges[i]!) / 2);
    return middles.map((middle) => middle >= low && middle <= high);
  };
  const across = inside(xEdges, outline.map(({ x }) => x));
  const down = inside(yEdges, outline.map(({ y }) => y));
  const found: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (across[column] && down[row]) found.push(row * columns + column);
    }
  }
  return found;
}

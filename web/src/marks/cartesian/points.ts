/** Scatters: discs while they can be told apart, density when there are too many. */

import { extentOf } from '../../chart/extent';
import { formatValue } from '../../chart/format';
import { axisTitle, nameAt, type Extent, type Frame, type Hit } from '../../chart/frame';
import { pointsInside, type Corner } from '../../chart/lasso';
import type { NumberArray, Points } from '../../data/types';
import { categoricalColor, colorTable, rgb, scaleColor, tableIndex, toneColor } from '../../state/colors';

/** More points than this are counted into pixels instead of drawn one by one. */
const DISCS_AT_MOST = 20_000;
const POINT_PX = 96 / 72;
const REACH_PX = 18;
const NO_CLASS = -1;

export function extent(mark: Points, logX: boolean, logY: boolean): Extent {
  return {
    x: extentOf(mark.x.data, logX),
    y: extentOf(mark.y.data, logY),
    roomX: 0.04,
    roomY: 0.05,
  };
}

/** Draw the points that are not hidden; `hiddenClasses` are codes switched off in the legend. */
export function draw(
  context: CanvasRenderingContext2D,
  mark: Points,
  frame: Frame,
  bright: Uint8Array | null,
  hiddenClasses: ReadonlySet<number>,
): void {
  const shown = (i: number) => !hiddenClasses.size || !hiddenClasses.has(classOf(mark, i));
  if (mark.x.data.length <= DISCS_AT_MOST) drawDiscs(context, mark, frame, bright, shown);
  else drawDensity(context, mark, frame, bright, shown);
}

export function classOf(mark: Points, i: number): number {
  return mark.color?.type === 'categories' ? mark.color.codes.data[i]! : NO_CLASS;
}

/** Colours of all points as rows of a small table: `index(i)` is the row of point i. */
function colorRows(mark: Points, frame: Frame): { rows: number[][]; index: (i: number) => number } {
  const { color } = mark;
  if (color?.type === 'continuous') {
    const table = colorTable(color.scale.kind, frame.theme);
    const rows = Array.from({ length: 256 }, (_, i) => [...table.subarray(3 * i, 3 * i + 3)]);
    rows.push(scaleColor(color.scale, NaN, frame.theme));
    return {
      rows,
      index: (i) => {
        const at = tableIndex(color.scale, color.values.data[i]!);
        return at < 0 ? 256 : at;
      },
    };
  }
  if (color?.type === 'categories') {
    const rows: number[][] = color.names.map((_, i) => rgb(categoricalColor(i, frame.theme)));
    rows.push(rgb(toneColor('muted', frame.theme)));
    const { data } = color.codes;
    return { rows, index: (i) => (data[i]! < 0 ? rows.length - 1 : data[i]!) };
  }
  return { rows: [rgb(toneColor(mark.tone, frame.theme))], index: () => 0 };
}

function drawDiscs(
  context: CanvasRenderingContext2D,
  mark: Points,
  frame: Frame,
  bright: Uint8Array | null,
  shown: (i: number) => boolean,
): void {
  const { rows, index } = colorRows(mark, frame);
  const count = mark.x.data.length;
  const radius = Math.max(1, (mark.size * POINT_PX) / 2);
  const styles = rows.map((row) => `rgb(${row.join(' ')})`);
  context.save();
  for (const pass of bright ? [0, 1] : [1]) {
    context.globalAlpha = pass === 0 ? 0.12 : count > 2000 ? 0.7 : 0.85;
    for (let i = 0; i < count; i++) {
      if ((bright && bright[i] !== pass) || !shown(i)) continue;
      const x = frame.x.at(mark.x.data[i]!);
      const y = frame.y.at(mark.y.data[i]!);
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
      context.fillStyle = styles[index(i)]!;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
    }
  }
  context.restore();
}

/**
 * Count the points into pixels; a pixel takes the mean of their colours, and grows opaque with
 * their number. What is dimmed only shows as a pale shape behind the rest.
 */
function drawDensity(
  context: CanvasRenderingContext2D,
  mark: Points,
  frame: Frame,
  bright: Uint8Array | null,
  shown: (i: number) => boolean,
): void {
  const { plot, ratio } = frame;
  const width = Math.max(1, Math.round(plot.width * ratio));
  const height = Math.max(1, Math.round(plot.height * ratio));
  const { rows, index } = colorRows(mark, frame);
  const sums = new Float32Array(4 * width * height);
  for (let i = 0; i < mark.x.data.length; i++) {
    const x = Math.floor((frame.x.at(mark.x.data[i]!) - plot.left) * ratio);
    const y = Math.floor((frame.y.at(mark.y.data[i]!) - plot.top) * ratio);
    if (!(x >= 0 && x < width && y >= 0 && y < height) || !shown(i)) continue;
    const weight = bright && !bright[i] ? 0.04 : 1;
    const row = rows[index(i)]!;
    const at = 4 * (y * width + x);
    for (let c = 0; c < 3; c++) sums[at + c]! += weight * row[c]!;
    sums[at + 3]! += weight;
  }
  paste(context, toImage(sums, width, height), frame);
}

function toImage(sums: Float32Array, width: number, height: number): ImageData {
  const image = new ImageData(width, height);
  for (let at = 0; at < sums.length; at += 4) {
    const weight = sums[at + 3]!;
    if (!weight) continue;
    for (let c = 0; c < 3; c++) image.data[at + c] = sums[at + c]! / weight;
    image.data[at + 3] = 255 * (weight < 1 ? weight * 3 : 1 - 0.55 * 0.75 ** weight);
  }
  return image;
}

function paste(context: CanvasRenderingContext2D, image: ImageData, frame: Frame): void {
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  const { left, top, width, height } = frame.plot;
  context.drawImage(canvas, left, top, width, height);
}

export function hit(
  mark: Points,
  frame: Frame,
  px: number,
  py: number,
  hiddenClasses: ReadonlySet<number>,
): Hit | null {
  const element = nearest(mark, frame, px, py, hiddenClasses);
  if (element < 0) return null;
  const x = frame.x.at(mark.x.data[element]!);
  const y = frame.y.at(mark.y.data[element]!);
  const image = mark.thumbnails ? thumbnail(mark.thumbnails, element) : undefined;
  return {
    element,
    distance: Math.hypot(x - px, y - py),
    title: mark.text?.[element] ?? mark.label,
    lines: readings(mark, frame, element),
    spot: { x, y },
    ...(image && { image }),
  };
}

function nearest(
  mark: Points,
  frame: Frame,
  px: number,
  py: number,
  hiddenClasses: ReadonlySet<number>,
): number {
  let best = -1;
  let least = REACH_PX ** 2;
  for (let i = 0; i < mark.x.data.length; i++) {
    const dx = frame.x.at(mark.x.data[i]!) - px;
    if (!(dx < REACH_PX && dx > -REACH_PX)) continue;
    const distance = dx * dx + (frame.y.at(mark.y.data[i]!) - py) ** 2;
    if (distance < least && !hiddenClasses.has(classOf(mark, i))) [least, best] = [distance, i];
  }
  return best;
}

function readings(mark: Points, frame: Frame, i: number): Hit['lines'] {
  const lines: Hit['lines'] = [];
  const { color } = mark;
  if (color?.type === 'categories') {
    const code = color.codes.data[i]!;
    const swatch =
      code < 0 ? toneColor('muted', frame.theme) : categoricalColor(code, frame.theme);
    lines.push({ label: color.label || 'class', value: color.names[code] ?? 'none', color: swatch });
  } else if (color?.type === 'continuous') {
    const value = color.values.data[i]!;
    const swatch = `rgb(${scaleColor(color.scale, value, frame.theme).join(' ')})`;
    const unit = color.scale.unit ? ` ${color.scale.unit}` : '';
    lines.push({ label: color.scale.label || 'value', value: formatValue(value) + unit, color: swatch });
  }
  lines.push({ label: axisTitle(frame.xAxis), value: nameAt(frame.xAxis, mark.x.data[i]!, formatValue) });
  lines.push({ label: axisTitle(frame.yAxis), value: nameAt(frame.yAxis, mark.y.data[i]!, formatValue) });
  return lines;
}

/** One image of a stack as a canvas of its own size. */
function thumbnail(images: NumberArray, i: number): HTMLCanvasElement {
  const [, height, width, channels = 1] = images.shape as [number, number, number, number?];
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  const start = i * width * height * channels;
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) {
      image.data[4 * p + c] = images.data[start + p * channels + (channels === 3 ? c : 0)]!;
    }
    image.data[4 * p + 3] = 255;
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}

export function inside(
  mark: Points,
  frame: Frame,
  outline: readonly Corner[],
  hiddenClasses: ReadonlySet<number>,
): number[] {
  const found = pointsInside(
    outline,
    mark.x.data.length,
    (i) => frame.x.at(mark.x.data[i]!),
    (i) => frame.y.at(mark.y.data[i]!),
  );
  return found.filter((i) => !hiddenClasses.has(classOf(mark, i)));
}

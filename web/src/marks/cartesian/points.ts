/** Scatters: discs while they can be told apart, density when there are too many. */

import { paste } from '../../chart/canvas';
import { densityImage } from '../../chart/density';
import { extentOf } from '../../chart/extent';
import { formatValue } from '../../chart/format';
import { axisTitle, nameAt, type Extent, type Frame, type Hit } from '../../chart/frame';
import { pointsInside, type Corner } from '../../chart/lasso';
import { placedIn } from '../../chart/placed';
import { colorsOf } from '../../chart/pointColors';
import { thumbnail } from '../../chart/thumbnail';
import type { Points } from '../../data/types';
import { categoricalColor, scaleColor, toneColor } from '../../state/colors';

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
  if (mark.x.data.length > DISCS_AT_MOST) return drawDensity(context, mark, frame, bright, hiddenClasses);
  const shown = (i: number) => !hiddenClasses.size || !hiddenClasses.has(classOf(mark, i));
  drawDiscs(context, mark, frame, bright, shown);
}

export function classOf(mark: Points, i: number): number {
  return mark.color?.type === 'categories' ? mark.color.codes.data[i]! : NO_CLASS;
}

function drawDiscs(
  context: CanvasRenderingContext2D,
  mark: Points,
  frame: Frame,
  bright: Uint8Array | null,
  shown: (i: number) => boolean,
): void {
  const { rows, index } = colorsOf(mark, frame.theme);
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
      context.fillStyle = styles[index[i]!]!;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
    }
  }
  context.restore();
}

function drawDensity(
  context: CanvasRenderingContext2D,
  mark: Points,
  frame: Frame,
  bright: Uint8Array | null,
  hiddenClasses: ReadonlySet<number>,
): void {
  const { plot, ratio } = frame;
  const width = Math.max(1, Math.round(plot.width * ratio));
  const height = Math.max(1, Math.round(plot.height * ratio));
  const cloud = { x: mark.x.data, y: mark.y.data, across: frame.x, down: frame.y };
  const grid = { left: plot.left, top: plot.top, ratio, width, height };
  const colors = colorsOf(mark, frame.theme);
  paste(context, densityImage(cloud, grid, colors, bright, hiddenClasses), plot);
}

export function hit(
  mark: Points,
  frame: Frame,
  px: number,
  py: number,
  hiddenClasses: ReadonlySet<number>,
): Hit | null {
  const placed = placedIn(mark, frame);
  const element = placed.nearest(px, py, REACH_PX, (i) => !hiddenClasses.has(classOf(mark, i)));
  if (element < 0) return null;
  const [x, y] = [placed.x[element]!, placed.y[element]!];
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

/** The points in an outline that are not switched off. */
export function inside(
  mark: Points,
  frame: Frame,
  outline: readonly Corner[],
  hiddenClasses: ReadonlySet<number>,
): Uint32Array {
  const { x, y } = placedIn(mark, frame);
  const found = pointsInside(outline, x, y);
  return hiddenClasses.size ? found.filter((i) => !hiddenClasses.has(classOf(mark, i))) : found;
}

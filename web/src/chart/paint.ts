/** Drawing a scene: grid, marks, axes; and what follows the pointer. */

import type { CartesianMark } from '../data/types';
import * as bars from '../marks/cartesian/bars';
import * as line from '../marks/cartesian/line';
import * as matrix from '../marks/cartesian/matrix';
import * as points from '../marks/cartesian/points';
import * as wave from '../marks/cartesian/wave';
import { axisTitle, type AxisTicks, type Frame } from './frame';
import { SLANT, type Scene } from './scene';
import { ellipsis } from './ticks';
import { language } from '../words/language.svelte';

/** A mark with what the reader did to it. */
export interface Layer {
  mark: CartesianMark;
  hidden: boolean;
  hiddenClasses: ReadonlySet<number>;
  bright: Uint8Array | null;
  slot: bars.Slot;
}

/** Bars of one panel stand side by side at a category; histograms lie over each other, and a part over its whole. */
export function slotsOf(
  marks: readonly CartesianMark[],
  isShown: (mark: CartesianMark) => boolean,
): bars.Slot[] {
  const standing = marks.filter((mark) => mark.type === 'bars' && !mark.part && isShown(mark));
  return marks.map((mark) => ({
    index: Math.max(0, standing.indexOf(mark)),
    count: Math.max(1, standing.length),
  }));
}

/** How many elements of a mark can have ids of their own. */
export function elementCount(mark: CartesianMark): number {
  switch (mark.type) {
    case 'line':
    case 'points':
      return mark.x.data.length;
    case 'matrix':
      return mark.values.data.length;
    case 'bars':
      return mark.heights.data.length;
    case 'wave':
      return 1;
  }
}

export function paintScene(
  context: CanvasRenderingContext2D,
  scene: Scene,
  layers: readonly Layer[],
  font: string,
): void {
  // Browsers print canvases as they are on the screen: in the dark they bring their own ground.
  context.fillStyle = scene.frame.inks.ground;
  context.fillRect(0, 0, scene.width, scene.height);
  const filled = layers.some((layer) => layer.mark.type === 'matrix' && !layer.hidden);
  if (!filled) paintGrid(context, scene.frame, scene.xTicks, scene.yTicks);
  const crowded = isCrowded(layers, scene.frame);
  for (const layer of layers) {
    if (layer.hidden) continue;
    const beyond = layer.mark.type === 'points' ? POINT_PX : EDGE_PX;
    clipped(context, scene.frame, beyond, () => paintMark(context, layer, scene.frame, crowded));
    const spectrogram = layer.mark.type === 'wave' ? wave.spectrogramOf(layer.mark) : null;
    if (spectrogram && scene.lower) {
      const { frame } = scene.lower;
      clipped(context, frame, EDGE_PX, () => matrix.draw(context, spectrogram, frame, null));
    }
  }
  if (scene.empty) paintEmpty(context, scene.frame, font);
  const bottom = scene.lower?.frame ?? scene.frame;
  paintXAxis(context, bottom, scene.xTicks, font, !filled && !scene.lower);
  paintYAxis(context, scene.frame, scene.yTicks, font);
  if (scene.lower) paintYAxis(context, scene.lower.frame, scene.lower.yTicks, font);
}

/** From so many points on curves are drawn fine: they can be told apart, and drawn 20 times as fast. */
const CROWD = 3000;

function isCrowded(layers: readonly Layer[], frame: Frame): boolean {
  // A curve keeps at most four points of every column of pixels.
  const most = 4 * frame.plot.width * frame.ratio;
  let points = 0;
  for (const { mark, hidden } of layers) {
    if (mark.type === 'line' && !hidden) points += Math.min(most, mark.x.data.length);
  }
  return points > Math.max(CROWD, most);
}

function paintMark(context: CanvasRenderingContext2D, layer: Layer, frame: Frame, crowded: boolean): void {
  const { mark, bright } = layer;
  switch (mark.type) {
    case 'line':
      return line.draw(context, mark, frame, bright, crowded);
    case 'points':
      return points.draw(context, mark, frame, bright, layer.hiddenClasses);
    case 'matrix':
      return matrix.draw(context, mark, frame, bright);
    case 'bars':
      return bars.draw(context, mark, frame, bright, layer.slot);
    case 'wave':
      return wave.draw(context, mark, frame, bright);
  }
}

/** A curve along the edge keeps its full width, and a point on it is drawn whole. */
const [EDGE_PX, POINT_PX] = [2, 6];

function clipped(context: CanvasRenderingContext2D, frame: Frame, beyond: number, paint: () => void): void {
  const { left, top, width, height } = frame.plot;
  context.save();
  context.beginPath();
  context.rect(left - beyond, top - beyond, width + 2 * beyond, height + 2 * beyond);
  context.clip();
  paint();
  context.restore();
}

function paintEmpty(context: CanvasRenderingContext2D, frame: Frame, font: string): void {
  const { left, top, width, height } = frame.plot;
  context.save();
  context.font = font;
  context.fillStyle = frame.inks.soft;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(language.words.noFinite, left + width / 2, top + height / 2);
  context.restore();
}

function paintGrid(
  context: CanvasRenderingContext2D,
  frame: Frame,
  xTicks: AxisTicks,
  yTicks: AxisTicks,
): void {
  const { left, top, width, height } = frame.plot;
  context.save();
  context.strokeStyle = frame.inks.grid;
  context.lineWidth = 1;
  context.beginPath();
  if (frame.yAxis.scale !== 'category') {
    for (const { value } of yTicks.ticks) {
      const y = Math.round(frame.y.at(value)) + 0.5;
      context.moveTo(left, y);
      context.lineTo(left + width, y);
    }
  }
  if (frame.xAxis.scale !== 'category') {
    for (const { value } of xTicks.ticks) {
      const x = Math.round(frame.x.at(value)) + 0.5;
      context.moveTo(x, top);
      context.lineTo(x, top + height);
    }
  }
  context.stroke();
  context.restore();
}

function paintXAxis(
  context: CanvasRenderingContext2D,
  frame: Frame,
  { ticks, slanted }: AxisTicks,
  font: string,
  baseline: boolean,
): void {
  const { left, top, width, height } = frame.plot;
  const bottom = top + height;
  context.save();
  context.font = font;
  context.fillStyle = frame.inks.soft;
  if (baseline) {
    context.strokeStyle = frame.inks.axis;
    context.beginPath();
    context.moveTo(left, Math.round(bottom) + 0.5);
    context.lineTo(left + width, Math.round(bottom) + 0.5);
    context.stroke();
  }
  context.textBaseline = 'top';
  for (const { value, label } of ticks) {
    const x = frame.x.at(value);
    if (slanted) slantedText(context, label, x + 4, bottom + 6);
    else {
      const half = context.measureText(label).width / 2;
      context.textAlign = 'center';
      context.fillText(label, Math.min(x, left + width + 12 - half), bottom + 6);
    }
  }
  const arrow = frame.xAxis.scale === 'category' ? '' : ' →';
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  const canvasBottom = bottom + belowPlot(context, ticks, slanted);
  const title = ellipsis(axisTitle(frame.xAxis), width + left - 24, (t) => context.measureText(t).width);
  context.fillStyle = frame.inks.ink;
  context.fillText(title + arrow, left + width, canvasBottom);
  context.restore();
}

function belowPlot(
  context: CanvasRenderingContext2D,
  ticks: AxisTicks['ticks'],
  slanted: boolean,
): number {
  if (!slanted) return 42;
  const widest = Math.max(0, ...ticks.map((tick) => context.measureText(tick.label).width));
  return Math.min(76, widest * Math.sin(SLANT)) + 40;
}

function slantedText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
): void {
  context.save();
  context.translate(x, y);
  context.rotate(-SLANT);
  context.textAlign = 'right';
  context.fillText(text, 0, 0);
  context.restore();
}

function paintYAxis(
  context: CanvasRenderingContext2D,
  frame: Frame,
  { ticks }: AxisTicks,
  font: string,
): void {
  const { left, top, width } = frame.plot;
  context.save();
  context.font = font;
  context.fillStyle = frame.inks.soft;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const { value, label } of ticks) context.fillText(label, left - 8, frame.y.at(value));
  const down = frame.y.range[0] < frame.y.range[1];
  const arrow = frame.yAxis.scale === 'category' ? '' : down ? '↓ ' : '↑ ';
  context.fillStyle = frame.inks.ink;
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  const measure = (text: string) => context.measureText(text).width;
  context.fillText(arrow + ellipsis(axisTitle(frame.yAxis), left + width - 16, measure), 0, top - 15);
  context.restore();
}

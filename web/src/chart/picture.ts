/** A panel as a PNG or SVG file, with its title and legend. */

import { colorTable } from '../state/colors';
import { formatValue } from './format';
import type { LegendEntry } from './legend';
import { paintScene, type Layer } from './paint';
import type { Scene } from './scene';
import { svgOf } from './svg';

const DENSITY = 2;
const EDGE = 16;
const LINE = 22;

export type PictureKind = 'png' | 'svg';

/** Hand a panel to the reader as a file, as it is seen now. */
export function savePicture(
  kind: PictureKind,
  title: string,
  scene: Scene,
  layers: readonly Layer[],
  legend: readonly LegendEntry[],
  font: string,
  /** Draws what the reader has over the picture. */
  over: (context: CanvasRenderingContext2D, scene: Scene) => void = () => {},
): void {
  const width = scene.width + 2 * EDGE;
  const rows = legendRows(legend, width - 2 * EDGE, font);
  const top = EDGE + LINE + LINE * rows.length;
  const height = top + scene.height + EDGE;
  const paint = (context: CanvasRenderingContext2D) => {
    context.fillStyle = scene.frame.inks.ground;
    context.fillRect(0, 0, width, height);
    context.fillStyle = scene.frame.inks.ink;
    context.font = font.replace(/^\d+px/, '600 15px');
    context.textBaseline = 'top';
    context.fillText(title, EDGE, EDGE);
    rows.forEach((row, i) => paintLegendRow(context, row, EDGE + LINE * (i + 1) + 8, scene, font));
    context.translate(EDGE, top);
    const sharp = { ...scene, frame: { ...scene.frame, ratio: DENSITY } };
    if (sharp.lower) sharp.lower = { ...sharp.lower, frame: { ...sharp.lower.frame, ratio: DENSITY } };
    paintScene(context, sharp, layers, font);
    over(context, sharp);
  };
  const name = `${fileName(title)}.${kind}`;
  if (kind === 'svg') {
    download(new Blob([svgOf(width, height, paint)], { type: 'image/svg+xml' }), name);
    return;
  }
  const canvas = document.createElement('canvas');
  canvas.width = width * DENSITY;
  canvas.height = height * DENSITY;
  const context = canvas.getContext('2d')!;
  context.scale(DENSITY, DENSITY);
  paint(context);
  canvas.toBlob((blob) => blob && download(blob, name), 'image/png');
}

function labelOf(entry: LegendEntry): string {
  if (entry.type !== 'scale') return entry.label;
  return `${entry.label}  ${formatValue(entry.scale.low)} to ${formatValue(entry.scale.high)}`;
}

function swatchWidth(entry: LegendEntry): number {
  return entry.type === 'scale' ? 90 : 14;
}

type Placed = { entry: LegendEntry; x: number };

function legendRows(legend: readonly LegendEntry[], width: number, font: string): Placed[][] {
  const context = document.createElement('canvas').getContext('2d')!;
  context.font = font;
  const rows: Placed[][] = [];
  let x = Infinity;
  for (const entry of legend) {
    const wide = swatchWidth(entry) + 6 + context.measureText(labelOf(entry)).width;
    if (x + wide > width) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1)!.push({ entry, x });
    x += wide + 18;
  }
  return rows;
}

function paintLegendRow(
  context: CanvasRenderingContext2D,
  row: readonly Placed[],
  y: number,
  scene: Scene,
  font: string,
): void {
  const { theme, inks } = scene.frame;
  context.font = font;
  context.textBaseline = 'middle';
  for (const { entry, x } of row) {
    const left = EDGE + x;
    if (entry.type === 'scale') {
      const table = colorTable(entry.scale.kind, theme);
      for (let i = 0; i < 90; i++) {
        const at = 3 * Math.round((i / 89) * 255);
        context.fillStyle = `rgb(${table[at]} ${table[at + 1]} ${table[at + 2]})`;
        context.fillRect(left + i, y - 5, 1.5, 10);
      }
    } else {
      context.fillStyle = entry.color;
      context.globalAlpha = entry.type === 'band' ? 0.3 : entry.faint ? 0.4 : 1;
      const flat = entry.type === 'series' && ['line', 'dash', 'dot'].includes(entry.shape);
      context.fillRect(left, y - (flat ? 1 : 5), 14, flat ? 2 : 10);
      context.globalAlpha = 1;
    }
    context.fillStyle = inks.ink;
    context.fillText(labelOf(entry), left + swatchWidth(entry) + 6, y);
  }
}

/** Hand a file to the reader. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Letters and digits of any script stay; everything else becomes a dash. */
export function fileName(title: string): string {
  return title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '').slice(0, 80) || 'panel';
}

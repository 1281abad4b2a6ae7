/** Images of `Tiles` as pixels, and the numbers under the pointer as words. */

import { row } from '../../data/arrays';
import type { ColorScale, NumberArray, NumberData, Theme, Tiles } from '../../data/types';
import { formatValue } from '../../chart/format';
import { colorPixels, scaleColor } from '../../state/colors';
import type { TooltipLine } from '../../state/tooltip.svelte';

/** Paint image `index` at one canvas pixel per value. */
export function paintTile(canvas: HTMLCanvasElement, mark: Tiles, index: number, theme: Theme): void {
  const values = row(mark.images, index);
  const pixels = mark.color ? colorPixels(mark.color, values, theme) : rgbaPixels(values, mark.images);
  paint(canvas, pixels, mark.images);
}

/** Paint the heat of image `index` at one canvas pixel per value. */
export function paintHeat(
  canvas: HTMLCanvasElement,
  values: NumberArray,
  color: ColorScale,
  index: number,
  theme: Theme,
): void {
  const shown = row(values, index);
  const pixels = colorPixels(color, shown, theme);
  shown.forEach((value, i) => (pixels[4 * i + 3] = 255 * heatStrength(color, value)));
  paint(canvas, pixels, values);
}

/** How much of a heat's opacity a value has: on a signed scale none at zero; NaN has none anywhere. */
function heatStrength(color: ColorScale, value: number): number {
  if (Number.isNaN(value)) return 0;
  return color.kind === 'signed' ? Math.min(1, Math.abs(value) / color.high) : 1;
}

/** Height and width of the images of an array. */
export function imageSize(images: NumberArray): [height: number, width: number] {
  return [images.shape[1] ?? 1, images.shape[2] ?? 1];
}

/** What the image and its heat say at a place, given as fractions of width and height. */
export function describePixel(
  mark: Tiles,
  index: number,
  across: number,
  down: number,
  theme: Theme,
): TooltipLine[] {
  const [height, width] = imageSize(mark.images);
  const y = clampIndex(down, height);
  const x = clampIndex(across, width);
  const lines: TooltipLine[] = [{ label: 'pixel', value: `row ${y}, column ${x}` }, valueLine(mark, index, y, x, theme)];
  for (const overlay of mark.overlays) {
    if (overlay.type === 'heat') {
      lines.push(numberLine(overlay.color, valueAt(overlay.values, index, across, down), 'heat', theme));
    } else {
      lines.push(...boxesAt(overlay, index, across * width, down * height));
    }
  }
  return lines;
}

function paint(canvas: HTMLCanvasElement, pixels: Uint8ClampedArray, images: NumberArray): void {
  const [height, width] = imageSize(images);
  canvas.width = width;
  canvas.height = height;
  if (!width || !height) return;
  const image = new ImageData(width, height);
  image.data.set(pixels);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}

function rgbaPixels(values: NumberData, images: NumberArray): Uint8ClampedArray {
  const largest = images.kind === 'float' ? 255 : 1;
  const pixels = new Uint8ClampedArray((values.length / 3) * 4);
  for (let i = 0, j = 0; i < values.length; i += 3, j += 4) {
    for (let c = 0; c < 3; c++) pixels[j + c] = values[i + c]! * largest;
    pixels[j + 3] = 255;
  }
  return pixels;
}

function clampIndex(fraction: number, length: number): number {
  return Math.max(0, Math.min(length - 1, Math.floor(fraction * length)));
}

function valueAt(array: NumberArray, index: number, across: number, down: number): number {
  const [height, width] = imageSize(array);
  return row(array, index)[clampIndex(down, height) * width + clampIndex(across, width)]!;
}

function valueLine(mark: Tiles, index: number, y: number, x: number, theme: Theme): TooltipLine {
  const [, width] = imageSize(mark.images);
  const values = row(mark.images, index);
  const at = y * width + x;
  if (mark.color) return numberLine(mark.color, values[at]!, 'value', theme);
  const channels = Array.from(values.subarray(3 * at, 3 * at + 3), formatValue);
  return { label: 'R, G, B', value: channels.join(', ') };
}

function numberLine(color: ColorScale, value: number, fallback: string, theme: Theme): TooltipLine {
  const unit = color.unit ? ` ${color.unit}` : '';
  const [r, g, b] = scaleColor(color, value, theme);
  return {
    label: color.label || fallback,
    value: formatValue(value) + unit,
    color: `rgb(${r} ${g} ${b})`,
  };
}

function boxesAt(
  boxes: { tile: NumberArray; corners: NumberArray; labels: readonly string[] },
  index: number,
  x: number,
  y: number,
): TooltipLine[] {
  return boxes.labels.flatMap((label, box) => {
    const [x0, y0, x1, y1] = row(boxes.corners, box) as unknown as [number, number, number, number];
    const inside = boxes.tile.data[box] === index && x0 <= x && x <= x1 && y0 <= y && y <= y1;
    return inside ? [{ label: 'box', value: label }] : [];
  });
}

/** Canvases as sharp as the screen, and pictures of pixels on them. */

import type { Rect } from './frame';

/** Make a canvas ready to be drawn on anew, in CSS pixels. */
export function prepared(canvas: HTMLCanvasElement, width: number, height: number, ratio: number): CanvasRenderingContext2D {
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d')!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** Draw pixels into a rectangle. */
export function paste(context: CanvasRenderingContext2D, image: ImageData, { left, top, width, height }: Rect): void {
  context.drawImage(canvasOf(image), left, top, width, height);
}

/** A canvas that shows these pixels and nothing else. */
export function canvasOf(image: ImageData): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}

export function pixelRatio(): number {
  return window.devicePixelRatio || 1;
}

/** Tell when the window comes to a screen of another density, or the browser's zoom changes. */
export function onOtherRatio(ratio: number, tell: (ratio: number) => void): () => void {
  const query = window.matchMedia(`(resolution: ${ratio}dppx)`);
  const update = () => tell(pixelRatio());
  query.addEventListener('change', update);
  return () => query.removeEventListener('change', update);
}

import type { NumberArray } from '../data/types';
import { canvasOf } from './canvas';

/** One image of a stack as a canvas of its own size. */
export function thumbnail(images: NumberArray, i: number): HTMLCanvasElement {
  const [, height, width, channels = 1] = images.shape as [number, number, number, number?];
  const image = new ImageData(width, height);
  const start = i * width * height * channels;
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) {
      image.data[4 * p + c] = images.data[start + p * channels + (channels === 3 ? c : 0)]!;
    }
    image.data[4 * p + 3] = 255;
  }
  return canvasOf(image);
}

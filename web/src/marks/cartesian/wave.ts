/** Sounds: the wave above, its spectrogram below, and the sound itself to play. */

import { thin } from '../../chart/decimate';
import { extentOf } from '../../chart/extent';
import type { Extent, Frame } from '../../chart/frame';
import { ordered } from '../../chart/ticks';
import type { ColorScale, Matrix, NumberArray, Wave } from '../../data/types';
import { toneColor } from '../../state/colors';
import { wavOf } from '../wav';

/** Power further below the loudest than this is drawn as silence. */
const RANGE_DB = 80;

export function seconds(mark: Wave): number {
  return mark.samples.data.length / mark.rate_hz;
}

export function extent(mark: Wave): Extent {
  const loudest = Math.max(...(extentOf(mark.samples.data) ?? [-1, 1]).map(Math.abs)) || 1;
  return { x: [0, seconds(mark)], y: [-loudest, loudest], roomX: 0, roomY: 0.05 };
}

export function draw(
  context: CanvasRenderingContext2D,
  mark: Wave,
  frame: Frame,
  bright: Uint8Array | null,
): void {
  const times = timesOf(mark);
  const [low, high] = ordered(frame.x.domain);
  const columnOf = (time: number) => frame.x.at(time) * frame.ratio;
  const kept = thin(times, mark.samples.data, low, high, columnOf);
  context.save();
  context.globalAlpha = bright && !bright[0] ? 0.18 : 1;
  context.strokeStyle = toneColor(0, frame.theme);
  context.lineWidth = 1;
  context.lineJoin = 'round';
  context.beginPath();
  for (const i of kept) context.lineTo(frame.x.at(times[i]!), frame.y.at(mark.samples.data[i]!));
  context.stroke();
  context.restore();
}

const known = new WeakMap<object, Float64Array>();

export function timesOf(mark: Wave): Float64Array {
  let times = known.get(mark.samples);
  if (!times) {
    times = Float64Array.from({ length: mark.samples.data.length }, (_, i) => i / mark.rate_hz);
    known.set(mark.samples, times);
  }
  return times;
}

const spectrograms = new WeakMap<object, Matrix>();

/** The spectrogram as the matrix it is: kilohertz upwards, seconds to the right. */
export function spectrogramOf(mark: Wave): Matrix | null {
  if (!mark.spectrogram) return null;
  let matrix = spectrograms.get(mark.spectrogram);
  if (!matrix) {
    const [frequencies, frames] = mark.spectrogram.shape as [number, number];
    matrix = {
      type: 'matrix',
      counted: null,
      values: mark.spectrogram,
      color: powerScale(mark.spectrogram),
      label: 'power',
      x: centres(frames, seconds(mark)),
      y: centres(frequencies, mark.rate_hz / 2000),
      cells: null,
      ids: null,
    };
    spectrograms.set(mark.spectrogram, matrix);
  }
  return matrix;
}

function powerScale(spectrogram: NumberArray): ColorScale {
  const [low, high] = extentOf(spectrogram.data) ?? [-RANGE_DB, 0];
  const floor = Math.max(low, high - RANGE_DB);
  const ends = floor < high ? { low: floor, high } : { low: high - 0.5, high: high + 0.5 };
  return { type: 'color_scale', kind: 'sequential', ...ends, label: 'power', unit: 'dB', integers: false };
}

/** Middles of `count` equal cells that fill 0 to `end`. */
function centres(count: number, end: number): NumberArray {
  const data = Float64Array.from({ length: count }, (_, i) => ((i + 0.5) / count) * end);
  return { kind: 'float', data, shape: [count] };
}

/** The sound as a file a browser plays. */
export function wavFile(mark: Wave): Blob {
  return wavOf(mark.samples.data, mark.rate_hz);
}

/** Sounds as files a browser plays. */

import type { Tiles } from '../data/types';

const LOUDEST = 32767;

/** What a tile is a picture of, without the silence at its end. */
export function wavOfTile({ sounds, rate_hz = 0 }: Tiles, index: number): Blob {
  const length = sounds!.shape[1]!;
  const start = index * length;
  let end = start + length;
  while (end > start && !sounds!.data[end - 1]) end -= 1;
  return wavOf(Float32Array.from({ length: end - start }, (_, i) => sounds!.data[start + i]! / LOUDEST), rate_hz);
}

/** RIFF WAVE, one channel, 16 bits, of samples in [-1, 1]. */
export function wavOf(data: ArrayLike<number>, rateHz: number): Blob {
  const rate = Math.round(rateHz);
  const bytes = new DataView(new ArrayBuffer(44 + 2 * data.length));
  const text = (at: number, word: string) =>
    [...word].forEach((letter, i) => bytes.setUint8(at + i, letter.charCodeAt(0)));
  text(0, 'RIFF');
  bytes.setUint32(4, 36 + 2 * data.length, true);
  text(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, rate, true);
  bytes.setUint32(28, 2 * rate, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, 'data');
  bytes.setUint32(40, 2 * data.length, true);
  for (let i = 0; i < data.length; i++) {
    const value = Number.isFinite(data[i]!) ? Math.max(-1, Math.min(1, data[i]!)) : 0;
    bytes.setInt16(44 + 2 * i, Math.round(value * LOUDEST), true);
  }
  return new Blob([bytes.buffer], { type: 'audio/wav' });
}

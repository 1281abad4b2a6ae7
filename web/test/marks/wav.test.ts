import { describe, expect, it } from 'vitest';

import type { Tiles } from '../../src/data/types';
import { wavOf, wavOfTile } from '../../src/marks/wav';

async function read(file: Blob) {
  const bytes = new DataView(await file.arrayBuffer());
  const text = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((i) => bytes.getUint8(at + i)));
  const samples = Array.from({ length: (bytes.byteLength - 44) / 2 }, (_, i) => bytes.getInt16(44 + 2 * i, true));
  return { words: [text(0), text(8), text(12), text(36)], size: bytes.getUint32(40, true), rate: bytes.getUint32(24, true), samples };
}

describe('a sound as a file', () => {
  it('is RIFF WAVE of 16 bits, cut at full scale', async () => {
    const { words, size, rate, samples } = await read(wavOf([0, 0.5, -1, 2, NaN], 8000));
    expect(words).toEqual(['RIFF', 'WAVE', 'fmt ', 'data']);
    expect([size, rate]).toEqual([10, 8000]);
    expect(samples).toEqual([0, 16384, -32767, 32767, 0]);
  });

  it('of a tile ends where its sound ends', async () => {
    const sounds = { kind: 'int', data: Int16Array.of(1, 2, 0, 0, 5, 0, -7, 0), shape: [2, 4] };
    const tiles = { sounds, rate_hz: 4000 } as unknown as Tiles;
    expect((await read(wavOfTile(tiles, 0))).samples).toEqual([1, 2]);
    expect((await read(wavOfTile(tiles, 1))).samples).toEqual([5, 0, -7]);
  });
});

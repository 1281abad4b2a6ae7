import { beforeAll, describe, expect, it } from 'vitest';

import type { ColorScale, Palette } from '../src/data/types';
import { categoricalColor, colorPixels, rgb, scaleColor, tableIndex, toneColor, useColors } from '../src/state/colors';

const ramp = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
const palette: Palette = {
  scales: { sequential: ramp, signed: ramp, gray: ramp },
  categorical: ['#010203', '#a0b0c0'],
  tones: { ink: '#111111' },
  missing: '#808080',
};
const scale: ColorScale = { type: 'color_scale', kind: 'gray', low: 0, high: 10, label: '', unit: '', integers: false };

beforeAll(() => useColors({ light: palette, dark: palette }));

describe('rgb', () => {
  it('reads long and short colours', () => {
    expect(rgb('#14181d')).toEqual([0x14, 0x18, 0x1d]);
    expect(rgb('#fff')).toEqual([255, 255, 255]);
    expect(rgb('#1a0')).toEqual([0x11, 0xaa, 0x00]);
  });
});

describe('scaleColor', () => {
  it('spans the table from end to end, and stops there', () => {
    expect([0, 5, 10, -3, 99].map((value) => tableIndex(scale, value))).toEqual([0, 128, 255, 0, 255]);
    expect(scaleColor(scale, 10, 'light')).toEqual([255, 255, 255]);
  });

  it('gives NaN a grey of its own', () => {
    expect(tableIndex(scale, NaN)).toBe(-1);
    expect(scaleColor(scale, NaN, 'light')).toEqual([128, 128, 128]);
    expect([...colorPixels(scale, [NaN, Infinity], 'light')]).toEqual([128, 128, 128, 255, 255, 255, 255, 255]);
  });
});

describe('tones', () => {
  it('repeat after the last category', () => {
    expect([0, 1, 2, 3].map((i) => categoricalColor(i, 'light'))).toEqual(['#010203', '#a0b0c0', '#010203', '#a0b0c0']);
    expect(toneColor('ink', 'dark')).toBe('#111111');
    expect(toneColor(1, 'dark')).toBe('#a0b0c0');
  });
});

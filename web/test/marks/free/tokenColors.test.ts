import { beforeAll, describe, expect, it } from 'vitest';
import type { ColorScale, Palette } from '../../../src/data/types';
import { tokenColors } from '../../../src/marks/free/tokenColors';
import { useColors } from '../../../src/state/colors';

const gray = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
const palette: Palette = {
  scales: { gray, signed: gray, sequential: gray }, categorical: [], tones: {}, missing: '#808080',
};
const scale: ColorScale = { type: 'color_scale', kind: 'gray', low: 0, high: 1, label: '', unit: '' };

beforeAll(() => useColors({ light: palette, dark: palette }));

describe('the ink on a coloured token', () => {
  it('is black on light and white on dark', () => {
    expect(tokenColors(scale, 1, 'light')).toEqual({ background: 'rgb(255 255 255)', ink: '#000' });
    expect(tokenColors(scale, 0, 'light')).toEqual({ background: 'rgb(0 0 0)', ink: '#fff' });
  });

  it('has a contrast of at least 4.5 on every colour', () => {
    for (let i = 0; i < 256; i++) {
      const { ink } = tokenColors(scale, i / 255, 'light');
      const c = i / 255 <= 0.04045 ? i / 255 / 12.92 : ((i / 255 + 0.055) / 1.055) ** 2.4;
      const contrast = ink === '#000' ? (c + 0.05) / 0.05 : 1.05 / (c + 0.05);
      expect(contrast).toBeGreaterThan(4.5);
    }
  });

  it('is readable on what has no weight', () => {
    expect(tokenColors(scale, NaN, 'light').background).toBe('rgb(128 128 128)');
  });
});

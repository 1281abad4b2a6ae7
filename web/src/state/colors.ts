import type { ColorScale, Palette, Theme, Tone } from '../data/types';

/** Colours come with the document, from `bathyscope/figures/color.py`: one source for every surface. */
let palettes: Readonly<Record<Theme, Palette>> | null = null;

export function useColors(given: Readonly<Record<Theme, Palette>>): void {
  palettes = given;
}

function palette(theme: Theme): Palette {
  if (!palettes) throw new Error('`useColors` must be called before anything is drawn.');
  return palettes[theme];
}

/** 256 sRGB triples of a scale, low end first. */
export function colorTable(kind: ColorScale['kind'], theme: Theme): Uint8Array {
  return palette(theme).scales[kind];
}

/** `#rrggbb` of a category; the sequence repeats at its end. */
export function categoricalColor(index: number, theme: Theme): string {
  const colors = palette(theme).categorical;
  return colors[((index % colors.length) + colors.length) % colors.length]!;
}

/** `#rrggbb` of a tone: a category index, or "ink", "muted", "accent", "good", "bad". */
export function toneColor(tone: Tone, theme: Theme): string {
  if (typeof tone === 'number') return categoricalColor(tone, theme);
  return palette(theme).tones[tone] ?? palette(theme).missing;
}

/** Row of the colour table for a number; -1 for NaN. */
export function tableIndex(scale: ColorScale, value: number): number {
  if (Number.isNaN(value)) return -1;
  const fraction = (value - scale.low) / (scale.high - scale.low);
  return Math.round(Math.max(0, Math.min(1, fraction)) * 255);
}

/** sRGB of a number; NaN takes a neutral grey. */
export function scaleColor(
  scale: ColorScale,
  value: number,
  theme: Theme,
): [number, number, number] {
  const index = tableIndex(scale, value);
  if (index < 0) return rgb(palette(theme).missing);
  const table = colorTable(scale.kind, theme);
  return [table[3 * index]!, table[3 * index + 1]!, table[3 * index + 2]!];
}

/** Colour numbers into RGBA pixels. */
export function colorPixels(
  scale: ColorScale,
  values: ArrayLike<number>,
  theme: Theme,
  out: Uint8ClampedArray = new Uint8ClampedArray(4 * values.length),
): Uint8ClampedArray {
  const table = colorTable(scale.kind, theme);
  const missing = rgb(palette(theme).missing);
  for (let i = 0; i < values.length; i++) {
    const index = tableIndex(scale, values[i]!);
    for (let c = 0; c < 3; c++) out[4 * i + c] = index < 0 ? missing[c]! : table[3 * index + c]!;
    out[4 * i + 3] = 255;
  }
  return out;
}

/** `#rrggbb`, or `#rgb` as a minified stylesheet has it, -> [r, g, b]. */
export function rgb(color: string): [number, number, number] {
  const digits = color.length === 4 ? [...color.slice(1)].map((d) => d + d).join('') : color.slice(1);
  const number = Number.parseInt(digits, 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

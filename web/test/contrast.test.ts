import { describe, expect, it } from 'vitest';

// Vitest empties imported styles: read the file itself.
const files = (await import('node:fs' as string)) as { readFileSync(path: URL, encoding: string): string };
const css = files.readFileSync(new URL('../src/styles/page.css', import.meta.url), 'utf-8');

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(color: string): number {
  const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
  const [r, g, b] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

function colorsOf(rules: string): Record<string, string> {
  return Object.fromEntries([...rules.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map((m) => [m[1]!, m[2]!]));
}

const [light, dark] = css.split("data-theme='dark'");

describe.each([
  ['light', colorsOf(light!)],
  ['dark', colorsOf(dark!.split('@media')[0]!)],
])('in the %s theme', (_, colors) => {
  it.each(['ink', 'ink-2', 'ink-3', 'accent', 'bad'])('%s can be read on every ground', (ink) => {
    for (const ground of ['page', 'card', 'hover']) {
      expect(contrast(colors[ink]!, colors[ground]!), ground).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('warnings and main buttons can be read', () => {
    expect(contrast(colors['warn-ink']!, colors['warn-bg']!)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colors.card!, colors.accent!)).toBeGreaterThanOrEqual(4.5);
  });
});

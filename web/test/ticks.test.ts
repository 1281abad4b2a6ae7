import { describe, expect, it } from 'vitest';

import { padded } from '../src/chart/extent';
import { formatValue, logTickFormat } from '../src/chart/format';
import { makeScale } from '../src/chart/scale';
import { categoryTicks, ellipsis, numericTicks, thinning } from '../src/chart/ticks';

const labels = (ticks: { label: string }[]) => ticks.map((tick) => tick.label);
const values = (ticks: { value: number }[]) => ticks.map((tick) => tick.value);

describe('numericTicks', () => {
  it('names round numbers with the decimals they need', () => {
    const ticks = numericTicks(makeScale('linear', [0, 1], [0, 300]), 5);
    expect(labels(ticks)).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']);
  });

  it('names only whole numbers where only they make sense', () => {
    const ticks = numericTicks(makeScale('linear', [0.2, 3.1], [0, 300]), 8, true);
    expect(labels(ticks)).toEqual(['1', '2', '3']);
    expect(labels(numericTicks(makeScale('linear', [0.9, 1.1], [0, 300]), 8, true))).toEqual(['1']);
  });

  it('shortens large numbers and tells them apart', () => {
    const large = numericTicks(makeScale('linear', [0, 50_000], [0, 300]), 5);
    expect(labels(large)).toEqual(['0', '10k', '20k', '30k', '40k', '50k']);
    const close = numericTicks(makeScale('linear', [1e6, 1e6 + 4], [0, 300]), 4);
    expect(new Set(labels(close)).size).toBe(close.length);
  });

  it('writes small numbers with an exponent, each differently', () => {
    const ticks = numericTicks(makeScale('linear', [0, 4e-7], [0, 300]), 4);
    expect(labels(ticks)).toEqual(['0', '1e−7', '2e−7', '3e−7', '4e−7']);
  });

  it('writes a true minus sign', () => {
    expect(labels(numericTicks(makeScale('linear', [-2, 0], [0, 300]), 2))).toContain('−1');
  });

  it('names powers of ten on a log axis', () => {
    const ticks = numericTicks(makeScale('log', [1e-6, 100], [0, 300]), 12);
    expect(values(ticks).map((value) => Math.round(Math.log10(value)))).toEqual([
      -6, -5, -4, -3, -2, -1, 0, 1, 2,
    ]);
  });

  it('names parts of a decade where there are few', () => {
    const ticks = numericTicks(makeScale('log', [1, 100], [0, 300]), 10);
    expect(labels(ticks)).toEqual(['1', '2', '5', '10', '20', '50', '100']);
  });

  it('keeps a log axis of many decades legible', () => {
    const ticks = numericTicks(makeScale('log', [1e-30, 1], [0, 300]), 6);
    expect(ticks.length).toBeLessThanOrEqual(7);
    expect(ticks.length).toBeGreaterThan(3);
  });

  it('names something between two powers of ten', () => {
    const ticks = numericTicks(makeScale('log', [2, 9], [0, 300]), 5);
    expect(ticks.length).toBeGreaterThan(2);
  });
});

describe('ticks that differ little for their size', () => {
  const named = (domain: [number, number], integers = false) =>
    labels(numericTicks(makeScale('linear', domain, [0, 300]), 3, integers));

  it('say the middle one in full, and of the others the difference', () => {
    expect(named([1e9, 1e9 + 0.04])).toEqual(['−0.02', '−0.01', '1,000,000,000.02', '+0.01', '+0.02']);
    expect(named([1, 1 + 4e-14])).toEqual(['−2e−14', '−1e−14', '1.00000000000002', '+1e−14', '+2e−14']);
    expect(named([2 ** 53 - 40, 2 ** 53], true)).toEqual(['−20', '−10', '9,007,199,254,740,980', '+10']);
  });

  it('need doubles to tell them apart', () => {
    expect(padded([5e-324, 1e-322], 'linear', 0.05)).toEqual([-0.5, 0.5]);
    const [low, high] = padded([-1.7e308, 1.7e308], 'linear', 0.05);
    expect(Number.isFinite(high - low)).toBe(true);
    expect(numericTicks(makeScale('linear', [low, high], [0, 300]), 4).length).toBeGreaterThan(2);
  });
});

describe('categoryTicks', () => {
  const names = Array.from({ length: 100 }, (_, i) => `class ${i}`);

  it('names every category that has room', () => {
    const scale = makeScale('category', [-0.5, 99.5], [0, 2000]);
    expect(categoryTicks(scale, names, 14)).toHaveLength(100);
  });

  it('names every fifth, tenth, ... where there is less', () => {
    const scale = makeScale('category', [-0.5, 99.5], [0, 300]);
    expect(values(categoryTicks(scale, names, 14)).slice(0, 3)).toEqual([0, 5, 10]);
  });

  it('names those that a zoom leaves', () => {
    const scale = makeScale('category', [39.5, 49.5], [0, 300]);
    const ticks = categoryTicks(scale, names, 14);
    expect(labels(ticks)[0]).toBe('class 40');
    expect(ticks).toHaveLength(10);
  });
});

describe('thinning', () => {
  it('takes the next of 1, 2, 5, 10, ...', () => {
    expect([0.3, 1, 1.1, 3, 6, 11, 60, 101].map(thinning)).toEqual([1, 1, 2, 5, 10, 20, 100, 200]);
  });
});

describe('ellipsis', () => {
  const measure = (text: string) => [...text].length;

  it('cuts a text to its room', () => {
    expect(ellipsis('a long name', 6, measure)).toBe('a l…me');
    expect(ellipsis('short', 6, measure)).toBe('short');
  });

  it('cuts between characters of any script', () => {
    expect(ellipsis('深度学习👩‍🔬的可视化', 4, measure)).toBe('深度…化');
  });
});

describe('formatValue', () => {
  it.each([
    [0.123456, '0.1235'],
    [1234567, '1,234,567'],
    [-0.5, '−0.5'],
    [0.00001234, '1.234e−5'],
    [12345.678, '12,345.7'],
    [1.5e9 + 0.5, '1.5e9'],
    [NaN, 'NaN'],
    [Infinity, '∞'],
    [-Infinity, '−∞'],
    [0, '0'],
  ])('writes %d as %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});

describe('logTickFormat', () => {
  it.each([
    [0.01, '0.01'],
    [1000, '1000'],
    [1e5, '100k'],
    [1e-6, '1e−6'],
    [1e12, '1e12'],
  ])('writes %d as %s', (value, text) => {
    expect(logTickFormat(value)).toBe(text);
  });
});

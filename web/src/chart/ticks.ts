/** Which values an axis names. */

import { tickIncrement, ticks as roundValues } from 'd3-array';

import { differenceLabels, logTickFormat, tickFormat } from './format';
import type { Scale } from './scale';

export interface Tick {
  value: number;
  label: string;
}

/** Width of a text in pixels. */
export type Measure = (text: string) => number;

/** Numbers that differ only beyond so many digits are told apart by their differences. */
const MOST_DIGITS = 1e6;

/**
 * About `count` ticks of a numeric scale.
 *
 * With `integers` only whole numbers are named.
 */
export function numericTicks(scale: Scale, count: number, integers = false): Tick[] {
  const [low, high] = ordered(scale.domain);
  if (scale.kind === 'log' && high / low >= 8) return logTicks(low, high, count);
  let values = roundValues(low, high, Math.max(1, count));
  if (integers) values = [...new Set(values.map(Math.round))].filter((v) => v >= low && v <= high);
  const least = integers ? 1 : 0;
  const step = values.length > 1 ? values[1]! - values[0]! : stepOf(low, high, count);
  const largest = Math.max(...values.map(Math.abs), 0);
  if (largest > step * MOST_DIGITS) {
    // Not the difference of two ticks: it has lost its digits.
    const labels = differenceLabels(values, Math.max(least, stepOf(low, high, count)));
    return values.map((value, i) => ({ value, label: labels[i]! }));
  }
  const write = tickFormat(Math.max(least, step), largest);
  return values.map((value) => ({ value, label: write(value) }));
}

function stepOf(low: number, high: number, count: number): number {
  const increment = tickIncrement(low, high, Math.max(1, count));
  return increment < 0 ? -1 / increment : increment || 1;
}

function logTicks(low: number, high: number, count: number): Tick[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const decades = last - first + 1;
  const stride = Math.max(1, Math.ceil(decades / Math.max(1, count)));
  const factors = decades * 3 <= count ? [1, 2, 5] : [1];
  const found: Tick[] = [];
  for (let power = first - 1; power <= last; power++) {
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9) && (power - first) % stride === 0)
        found.push({ value, label: logTickFormat(value) });
    }
  }
  return found;
}

/**
 * The categories an axis has room to name: all, or every second, fifth, tenth, ...
 *
 * `room` is the least distance in pixels between two names.
 */
export function categoryTicks(scale: Scale, names: readonly string[], room: number): Tick[] {
  const [low, high] = ordered(scale.domain);
  const spacing = Math.abs(scale.at(1) - scale.at(0));
  const stride = thinning(room / spacing);
  const found: Tick[] = [];
  for (let i = Math.max(0, Math.ceil(low)); i < names.length && i <= high; i++) {
    if (i % stride === 0) found.push({ value: i, label: names[i]! });
  }
  return found;
}

/** The smallest of 1, 2, 5, 10, 20, 50, ... that is at least `ratio`. */
export function thinning(ratio: number): number {
  if (!(ratio > 1)) return 1;
  const power = 10 ** Math.floor(Math.log10(ratio));
  for (const factor of [1, 2, 5, 10]) if (factor * power >= ratio) return factor * power;
  return 10 * power;
}

/** Cut a text to a width, in its middle: what tells long names apart is often their end. */
export function ellipsis(text: string, width: number, measure: Measure): string {
  if (measure(text) <= width) return text;
  const characters = [...text];
  const keeping = (kept: number) => {
    const end = Math.floor((2 * kept) / 5); // as `figures/text.py` has it
    const [start, last] = [characters.slice(0, kept - end), characters.slice(characters.length - end)];
    return `${start.join('').trimEnd()}…${last.join('').trimStart()}`;
  };
  let low = 0;
  let high = characters.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(keeping(middle)) <= width) low = middle;
    else high = middle - 1;
  }
  return keeping(low);
}

export function ordered([one, other]: readonly [number, number]): [number, number] {
  return one <= other ? [one, other] : [other, one];
}

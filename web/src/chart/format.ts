/** How numbers are written: short at axes, exact enough in tooltips. */

import { format } from 'd3-format';

const grouped = format(',');
const oneDecimal = format(',.1~f');
const fourDigits = format(',.4~r');

/** A number for a tooltip: four significant digits at least, whole numbers in full. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return grouped(value);
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return exponential(value, '.3~e');
  return size >= 1000 ? oneDecimal(value) : fourDigits(value);
}

/** As d3 writes it, with a true minus sign in the exponent too: 1.5e−7. */
function exponential(value: number, specifier: string): string {
  return format(specifier)(value).replace('e+', 'e').replace('e-', 'e−');
}

/** A formatter for ticks that are `step` apart and at most `largest` away from zero. */
export function tickFormat(step: number, largest: number): (value: number) => string {
  if (largest >= 1e15 || (largest < 1e-3 && largest > 0)) return exponentTick(step);
  const unit = largest >= 1e10 ? 1e9 : largest >= 1e7 ? 1e6 : largest >= 1e4 ? 1e3 : 1;
  const suffix = { 1: '', 1e3: 'k', 1e6: 'M', 1e9: 'G' }[unit]!;
  const decimals = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
  const write = format(`,.${Math.min(decimals, 12)}f`);
  return (value) => (value === 0 ? write(0) : write(value / unit) + suffix);
}

/** Ticks that differ little for their size: the middle one in full, of the others the difference. */
export function differenceLabels(values: readonly number[], step: number): string[] {
  const middle = Math.floor(values.length / 2);
  const base = values[middle]!;
  const digits = Math.min(16, Math.ceil(Math.log10(Math.abs(base) / step)) + 1);
  const write = tickFormat(step, step * values.length);
  return values.map((value, i) => {
    if (i === middle) return inFull(Number(base.toPrecision(digits)));
    // Multiples of the step: what is subtracted has few digits left.
    const difference = write(Math.round((value - base) / step) * step);
    return i > middle ? `+${difference}` : difference;
  });
}

function inFull(value: number): string {
  const text = Math.abs(value) < 1e18 ? value.toLocaleString('en', { maximumSignificantDigits: 17 }) : String(value);
  return text.replace('e+', 'e').replaceAll('-', '−');
}

function exponentTick(step: number): (value: number) => string {
  return (value) => {
    if (value === 0) return '0';
    const digits = Math.floor(Math.log10(Math.abs(value))) - Math.floor(Math.log10(step) + 1e-9);
    return exponential(value, `.${Math.max(0, Math.min(12, digits))}e`);
  };
}

/** A power of ten, or a multiple of it, at a log axis: 0.01, 1, 20, 1k, 1e−6. */
export function logTickFormat(value: number): string {
  if (value >= 1e-3 && value < 1e4) return format('~r')(Number(value.toPrecision(6)));
  if (value >= 1e4 && value < 1e10) return format('.3~s')(value);
  return exponential(value, '.3~e');
}

import { format } from 'd3-format';
import type { AnyArray, NumberKind } from '../../data/types';
import { formatValue } from '../../chart/format';

/** What can be written of Python's format specifications: `[+][,][.precision][f e g d %]`. */
const SPEC = /^([-+ ]?)(,?)(?:\.(\d+))?([fFeEgGd%]?)$/;

const MINUS = '−';

/**
 * A function that writes numbers as Python's `format(number, spec)` does, but for a true minus sign and
 * for exact ties (2.5 with no digits after the point), which round away from zero.
 */
export function pythonFormat(spec: string, kind: NumberKind = 'float'): (value: number) => string {
  const parts = SPEC.exec(spec);
  if (!spec || !parts) return kind === 'float' ? formatValue : plain;
  const [, sign = '', comma = '', precision, type = ''] = parts;
  const write = writer(comma, precision === undefined ? null : Number(precision), type, kind);
  return (value) => {
    if (Number.isNaN(value)) return 'NaN';
    const text = Number.isFinite(value) ? write(Math.abs(value)) : '∞';
    const negative = value < 0 || Object.is(value, -0);
    return (negative ? MINUS : sign === '-' ? '' : sign) + text;
  };
}

/** A function that writes element `i` of a column. */
export function cellFormat(column: AnyArray, spec = '', missing = 'NaN'): (i: number) => string {
  if (column.kind === 'string') return (i) => column.data[i]!;
  if (column.kind === 'bool') return (i) => (column.data[i] ? 'true' : 'false');
  const write = pythonFormat(spec, column.kind);
  const { data } = column;
  return (i) => (Number.isNaN(data[i]) ? missing : write(data[i]!));
}

function plain(value: number): string {
  return String(value).replace('-', MINUS);
}

function writer(
  comma: string,
  precision: number | null,
  type: string,
  kind: NumberKind,
): (size: number) => string {
  const lower = type.toLowerCase();
  if (lower === 'd' || (lower === '' && kind === 'int')) return format(`${comma}.0f`);
  if (lower === 'f' || lower === '%') return format(`${comma}.${precision ?? 6}${lower}`);
  if (lower === 'e') return (size) => longExponent(size.toExponential(precision ?? 6), type === 'E');
  return general(comma, Math.max(1, precision ?? 6), type === 'G');
}

/** Python's `g`: significant digits without trailing zeros, with an exponent where that is shorter. */
function general(comma: string, digits: number, upper: boolean): (size: number) => string {
  return (size) => {
    const [mantissa, exponent] = size.toExponential(digits - 1).split('e') as [string, string];
    const power = Number(exponent);
    if (power < -4 || power >= digits) {
      const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
      return longExponent(`${short}e${exponent}`, upper);
    }
    return format(`${comma}.${Math.max(0, digits - 1 - power)}~f`)(size);
  };
}

/** Python writes at least two digits of an exponent: 1e-05. */
function longExponent(text: string, upper: boolean): string {
  const long = text.replace(/e([+-])(\d)$/, 'e$10$2').replace('e-', `e${MINUS}`);
  return upper ? long.toUpperCase() : long;
}

import { describe, expect, it } from 'vitest';
import { cellFormat, pythonFormat } from '../../../src/marks/free/numberFormat';

// Expected: what Python 3 writes for format(value, spec), with "−" for its "-".
const PYTHON: [value: number, spec: string, text: string][] = [
  [3.14159, '.3f', '3.142'],
  [-0.5, '.1f', '−0.5'],
  [1234567.891, ',.2f', '1,234,567.89'],
  [0.12345, '.1%', '12.3%'],
  [1, '.0%', '100%'],
  [12345, ',d', '12,345'],
  [12345, 'd', '12345'],
  [0.00012345, '.2e', '1.23e−04'],
  [123456, '.3e', '1.235e+05'],
  [1e100, '.1e', '1.0e+100'],
  [0.0001, 'g', '0.0001'],
  [0.00001, 'g', '1e−05'],
  [123456789, '.4g', '1.235e+08'],
  [1234.5, '.6g', '1234.5'],
  [100, '.3g', '100'],
  [1000, '.3g', '1e+03'],
  [0.1, '.3', '0.1'],
  [0.5, '+.2f', '+0.50'],
  [-0.5, '+.2f', '−0.50'],
  [1234567, ',', '1,234,567'],
  [0, '.2e', '0.00e+00'],
  [-0, '.1f', '−0.0'],
];

describe('numbers in tables', () => {
  it.each(PYTHON)('%d as %s is %s', (value, spec, text) => {
    expect(pythonFormat(spec, Number.isInteger(value) && spec === ',' ? 'int' : 'float')(value)).toBe(text);
  });

  it('show what is not a number, whatever the format', () => {
    for (const spec of ['.3f', '.1%', ',d', '']) {
      expect([NaN, Infinity, -Infinity].map(pythonFormat(spec))).toEqual(['NaN', '∞', '−∞']);
    }
  });

  it('without a format are short if fractions and exact if whole', () => {
    expect(cellFormat({ kind: 'float', data: new Float64Array([0.123456]), shape: [1] })(0)).toBe('0.1235');
    expect(cellFormat({ kind: 'int', data: new Int32Array([-1234567]), shape: [1] })(0)).toBe('−1234567');
  });

  it('are written in words where a format is beyond what is known', () => {
    expect(pythonFormat('x')(0.25)).toBe('0.25');
  });

  it('stand beside truth values and texts', () => {
    expect(cellFormat({ kind: 'bool', data: new Uint8Array([1, 0]), shape: [2] })(1)).toBe('false');
    expect(cellFormat({ kind: 'string', data: ['a'], shape: [1] }, '.2f')(0)).toBe('a');
  });
});

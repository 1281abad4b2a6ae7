import { describe, expect, it } from 'vitest';

import type { Matrix } from '../src/data/types';
import { fillCells, pixelTable } from '../src/chart/cellImage';
import { cellAt, cellsOfPixels, edges, readable, runsDown } from '../src/marks/cartesian/matrix';

function numbers(values: number[], shape = [values.length]) {
  return { kind: 'float' as const, data: Float64Array.from(values), shape };
}

function grid(values: number[], shape: number[], kind: 'sequential' | 'signed' = 'sequential'): Matrix {
  return {
    type: 'matrix',
    values: numbers(values, shape),
    color: { type: 'color_scale', kind, low: -1, high: 1, label: '', unit: '', integers: false },
    label: '',
    x: null,
    y: null,
    cells: null,
    ids: null, counted: null,
  };
}

describe('edges', () => {
  it('lie half way between positions', () => {
    expect([...edges(null, 3)]).toEqual([-0.5, 0.5, 1.5, 2.5]);
    expect([...edges(numbers([0, 10, 40]), 3)]).toEqual([-5, 5, 25, 55]);
    expect([...edges(numbers([7]), 1)]).toEqual([6.5, 7.5]);
  });
});

describe('cellsOfPixels', () => {
  it('gives every pixel the cell at its centre', () => {
    const pairs = cellsOfPixels(Float64Array.from([0, 2, 4]), 0, 4, 1);
    expect([...pairs]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it('gives a pixel all cells that are thinner than it', () => {
    const borders = Float64Array.from({ length: 9 }, (_, i) => i / 4);
    expect([...cellsOfPixels(borders, 0, 2, 1)]).toEqual([0, 3, 4, 7]);
  });

  it('leaves no cell out, however many there are', () => {
    const borders = Float64Array.from({ length: 1001 }, (_, i) => (i * 333) / 1000);
    const pairs = cellsOfPixels(borders, 0, 333, 1);
    const seen = new Set<number>();
    for (let p = 0; p < 333; p++) for (let c = pairs[2 * p]!; c <= pairs[2 * p + 1]!; c++) seen.add(c);
    expect(seen.size).toBe(1000);
  });

  it('runs either way', () => {
    expect([...cellsOfPixels(Float64Array.from([4, 2, 0]), 0, 4, 1)]).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
  });
});

describe('cellAt', () => {
  it('finds cells of rising and falling borders', () => {
    expect([-1, 0, 1, 3, 4.5].map((at) => cellAt(Float64Array.from([0, 2, 4]), at))).toEqual([-1, 0, 0, 1, -1]);
    expect([0.5, 3.5].map((at) => cellAt(Float64Array.from([4, 2, 0]), at))).toEqual([1, 0]);
  });
});

describe('fillCells', () => {
  let seed = 3;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  // The table tells by its red which of 256 colours a pixel took; green that it is the faded one.
  const ramp = Uint8Array.from({ length: 768 }, (_, i) => (i % 3 ? 0 : i / 3));
  const pale = Uint8Array.from(ramp, (value, i) => (i % 3 === 1 ? 255 : value));

  /** [red, green, blue, alpha] of each pixel. */
  function fill(mark: Matrix, across: number[], down: number[], bright: Uint8Array | null = null): number[][] {
    const [width, height] = [across.length / 2, down.length / 2];
    const image = { width, height, data: new Uint8ClampedArray(4 * width * height) } as unknown as ImageData;
    const cells = { values: mark.values.data, columns: mark.values.shape[1]!, color: mark.color, bright };
    const tables = [pixelTable(ramp, [7, 7, 7]), pixelTable(pale, [7, 255, 7])] as const;
    fillCells(image, cells, Int32Array.from(across), Int32Array.from(down), ...tables);
    return Array.from({ length: width * height }, (_, i) => [...image.data.subarray(4 * i, 4 * i + 4)]);
  }

  const color = (value: number) => Math.round(255 * ((Math.max(-1, Math.min(1, value)) + 1) / 2));

  it('keeps the largest value, or that of largest magnitude', () => {
    const values = [0.1, -0.9, 0.3, NaN];
    expect(fill(grid(values, [2, 2]), [0, 1], [0, 1])).toEqual([[color(0.3), 0, 0, 255]]);
    expect(fill(grid(values, [2, 2], 'signed'), [0, 1], [0, 1])).toEqual([[color(-0.9), 0, 0, 255]]);
  });

  it('takes the first of two opposite values, row by row', () => {
    expect(fill(grid([0, 0.5, -0.5, 0], [2, 2], 'signed'), [0, 1], [0, 1])[0]![0]).toBe(color(0.5));
    expect(fill(grid([0, -0.5, 0.5, 0], [2, 2], 'signed'), [0, 1], [0, 1])[0]![0]).toBe(color(-0.5));
  });

  it('is missing only where all cells are', () => {
    expect(fill(grid([NaN, NaN, NaN, 0.2], [2, 2]), [0, 1], [0, 1])[0]![0]).toBe(color(0.2));
    expect(fill(grid([NaN, NaN], [1, 2]), [0, 1], [0, 0])).toEqual([[7, 7, 7, 255]]);
    expect(fill(grid([-Infinity, NaN], [1, 2]), [0, 1], [0, 0])[0]![0]).toBe(0);
  });

  it('leaves pixels without a cell clear, and repeats cells higher than a pixel', () => {
    const found = fill(grid([-1, 1], [2, 1]), [-1, -1, 0, 0], [-1, -1, 0, 0, 0, 0, 1, 1]);
    const [none, low, high] = [[0, 0, 0, 0], [0, 0, 0, 255], [255, 0, 0, 255]];
    expect(found).toEqual([none, none, none, low, none, low, none, high]);
  });

  it.each(['sequential', 'signed'] as const)('tells of any %s grid what looking at every cell does', (kind) => {
    const odd = [NaN, Infinity, -Infinity, 0.5, -0.5, 0];
    const any = () => (random() < 0.3 ? odd[Math.floor(odd.length * random())]! : 2.4 * random() - 1.2);
    for (const [rows, columns, wide, high] of [[9, 7, 3, 4], [4, 5, 11, 9], [30, 2, 5, 7]] as const) {
      const values = Array.from({ length: rows * columns }, any);
      const bright = Uint8Array.from(values, () => (random() < 0.2 ? 1 : 0));
      const pairs = (cells: number, pixels: number) =>
        cellsOfPixels(Float64Array.from({ length: cells + 1 }, (_, i) => (i * pixels) / cells), 0, pixels, 1);
      const [across, down] = [pairs(columns, wide), pairs(rows, high)];
      const expected: number[][] = [];
      for (let y = 0; y < high; y++) {
        for (let x = 0; x < wide; x++) {
          const under: number[] = [];
          for (let r = down[2 * y]!; r <= down[2 * y + 1]!; r++) {
            for (let c = across[2 * x]!; c <= across[2 * x + 1]!; c++) under.push(r * columns + c);
          }
          const numbers = under.map((i) => values[i]!).filter((value) => !Number.isNaN(value));
          const size = (value: number) => (kind === 'signed' ? Math.abs(value) : value);
          const largest = numbers.find((value) => numbers.every((other) => size(other) <= size(value)));
          const isBright = under.some((i) => bright[i]);
          const red = largest === undefined ? 7 : color(largest);
          expected.push([red, isBright ? 0 : 255, largest === undefined && red === 7 ? 7 : 0, 255]);
          if (isBright && largest === undefined) expected.at(-1)![1] = 7;
        }
      }
      expect(fill(grid(values, [rows, columns], kind), [...across], [...down], bright)).toEqual(expected);
    }
  });
});

describe('runsDown', () => {
  it('puts the first row at the top', () => {
    expect(runsDown(grid([1, 2], [2, 1]))).toBe(true);
    expect(runsDown({ ...grid([1, 2], [2, 1]), y: numbers([5, 9]) })).toBe(true);
    expect(runsDown({ ...grid([1, 2], [2, 1]), y: numbers([9, 5]) })).toBe(false);
  });
});

describe('readable', () => {
  it('writes black on light and white on dark', () => {
    expect(readable([253, 231, 37])).toBe('#000000');
    expect(readable([68, 1, 84])).toBe('#ffffff');
  });
});

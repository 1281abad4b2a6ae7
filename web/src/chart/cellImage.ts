/** A grid of numbers as pixels: exact cells while they can be seen, the extreme of several when not. */

import type { ColorScale } from '../data/types';
import { tableIndex } from '../state/colors';

/** 256 colours and that of NaN, as the four bytes of a pixel each. */
export type PixelTable = Uint32Array;

const MISSING = 256;

export interface Cells {
  values: ArrayLike<number>;
  columns: number;
  color: ColorScale;
  /** 1 for cells that keep their colour; null if all do. */
  bright: Uint8Array | null;
}

/** Make a table of pixels of colours (r, g, b, one after another) and the colour of NaN. */
export function pixelTable(colors: ArrayLike<number>, missing: readonly number[]): PixelTable {
  const bytes = new Uint8ClampedArray(4 * (MISSING + 1));
  for (let row = 0; row <= MISSING; row++) {
    for (let c = 0; c < 3; c++) bytes[4 * row + c] = row < MISSING ? colors[3 * row + c]! : missing[c]!;
    bytes[4 * row + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
}

/**
 * Fill an image: `across` and `down` give the first and last cell of each of its columns and lines,
 * in pairs, -1 where there is none.
 *
 * Of several cells the largest is drawn, or the one of largest magnitude on a signed scale, so that
 * no extreme is lost; NaN only if all of them are. The picture of matplotlib does the same. Where
 * none of them is bright, `faded` gives the colour.
 */
export function fillCells(
  image: ImageData,
  cells: Cells,
  across: Int32Array,
  down: Int32Array,
  table: PixelTable,
  faded: PixelTable,
): void {
  const { width, height } = image;
  const pixels = new Uint32Array(image.data.buffer);
  const line = new Line(width, across, cells);
  let before = -1;
  for (let y = 0; y < height; y++) {
    const [first, last] = [down[2 * y]!, down[2 * y + 1]!];
    if (first < 0) continue;
    const start = y * width;
    // A cell higher than a pixel: the line above is the same.
    const isSame = before >= 0 && down[2 * before] === first && down[2 * before + 1] === last;
    if (isSame) pixels.copyWithin(start, before * width, (before + 1) * width);
    else line.paint(first, last, pixels.subarray(start, start + width), table, faded);
    before = y;
  }
}

/** One line of pixels, and the extremes of the cells under each. */
class Line {
  readonly #across: Int32Array;
  readonly #cells: Cells;
  readonly #row: Float64Array;
  readonly #kept: Float64Array;
  readonly #sizes: Float64Array;
  readonly #isBright: Uint8Array;
  readonly #isSigned: boolean;

  constructor(width: number, across: Int32Array, cells: Cells) {
    this.#across = across;
    this.#cells = cells;
    this.#row = new Float64Array(cells.columns);
    this.#kept = new Float64Array(width);
    this.#sizes = new Float64Array(width);
    this.#isBright = new Uint8Array(width);
    this.#isSigned = cells.color.kind === 'signed';
  }

  paint(first: number, last: number, out: Uint32Array, table: PixelTable, faded: PixelTable): void {
    const { columns, color, bright } = this.#cells;
    const [kept, isBright] = [this.#kept, this.#isBright];
    kept.fill(NaN);
    this.#sizes.fill(-Infinity);
    isBright.fill(bright ? 0 : 1);
    for (let row = first; row <= last; row++) {
      this.#read(row);
      this.#take();
      if (bright) this.#takeBright(bright.subarray(row * columns, (row + 1) * columns));
    }
    for (let x = 0; x < out.length; x++) {
      if (this.#across[2 * x]! < 0) continue;
      const index = tableIndex(color, kept[x]!);
      out[x] = (isBright[x] ? table : faded)[index < 0 ? MISSING : index]!;
    }
  }

  /** The numbers of a line of cells, whatever kind they are. */
  #read(row: number): void {
    const { values, columns } = this.#cells;
    if (ArrayBuffer.isView(values)) {
      this.#row.set((values as unknown as Float64Array).subarray(row * columns, (row + 1) * columns));
    } else for (let i = 0; i < columns; i++) this.#row[i] = values[row * columns + i]!;
  }

  #take(): void {
    const [across, row, kept, sizes] = [this.#across, this.#row, this.#kept, this.#sizes];
    const isSigned = this.#isSigned;
    for (let x = 0; x < kept.length; x++) {
      const first = across[2 * x]!;
      if (first < 0) continue;
      const last = across[2 * x + 1]!;
      for (let column = first; column <= last; column++) {
        const value = row[column]!;
        const size = isSigned ? Math.abs(value) : value;
        // The only number of size -Infinity is itself the smallest there is.
        if (size > sizes[x]! || (size === sizes[x]! && Number.isNaN(kept[x]!))) {
          sizes[x] = size;
          kept[x] = value;
        }
      }
    }
  }

  #takeBright(bright: Uint8Array): void {
    const [across, isBright] = [this.#across, this.#isBright];
    for (let x = 0; x < isBright.length; x++) {
      const first = across[2 * x]!;
      if (first < 0 || isBright[x]) continue;
      for (let column = first; column <= across[2 * x + 1]!; column++) {
        if (bright[column]) {
          isBright[x] = 1;
          break;
        }
      }
    }
  }
}

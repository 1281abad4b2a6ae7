/** Where the points of a mark lie in its panel: worked out once for each view of it. */

import type { NumberArray } from '../data/types';
import type { Frame, Rect } from './frame';
import { areAlike, pixelsOf, type Scale } from './scale';

/** Points by their pixels; those without a place have NaN. */
export class Placed {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly #plot: Rect;
  #tiles: Tiles | null = null;

  constructor(x: Float64Array, y: Float64Array, plot: Rect) {
    this.x = x;
    this.y = y;
    this.#plot = plot;
  }

  /** Index of the point nearest to a place, nearer than `reach`; -1 for none, of equals the first. */
  nearest(px: number, py: number, reach: number, isShown: (index: number) => boolean): number {
    const { x, y } = this;
    let best = -1;
    let least = reach ** 2;
    this.#tiles ??= new Tiles(x, y, this.#plot);
    this.#tiles.around(px, py, reach, (i) => {
      const distance = (x[i]! - px) ** 2 + (y[i]! - py) ** 2;
      if (distance > least || (distance === least && (best < 0 || i > best))) return;
      if (isShown(i)) [least, best] = [distance, i];
    });
    return best;
  }
}

const TILE_PX = 16;
/** So far outside of the plot points are still found by a pointer at its edge. */
const MARGIN_PX = 32;

/** Points by the square of the panel they lie in, so that a pointer looks at few of them. */
class Tiles {
  readonly #left: number;
  readonly #top: number;
  readonly #columns: number;
  readonly #rows: number;
  /** Where the points of each square begin in `#points`, and where the last ones end. */
  readonly #starts: Uint32Array;
  readonly #points: Uint32Array;

  constructor(x: Float64Array, y: Float64Array, plot: Rect) {
    this.#left = plot.left - MARGIN_PX;
    this.#top = plot.top - MARGIN_PX;
    this.#columns = Math.ceil((plot.width + 2 * MARGIN_PX) / TILE_PX);
    this.#rows = Math.ceil((plot.height + 2 * MARGIN_PX) / TILE_PX);
    const tiles = this.#tilesOf(x, y);
    const starts = new Uint32Array(this.#columns * this.#rows + 1);
    for (let i = 0; i < tiles.length; i++) if (tiles[i]! >= 0) starts[tiles[i]! + 1]!++;
    for (let tile = 1; tile < starts.length; tile++) starts[tile]! += starts[tile - 1]!;
    const points = new Uint32Array(starts[starts.length - 1]!);
    const next = starts.slice();
    for (let i = 0; i < tiles.length; i++) if (tiles[i]! >= 0) points[next[tiles[i]!]!++] = i;
    this.#starts = starts;
    this.#points = points;
  }

  /** Visit at least all points nearer than `reach`. */
  around(px: number, py: number, reach: number, visit: (index: number) => void): void {
    const [left, right] = [this.#column(px - reach), this.#column(px + reach)];
    const [top, bottom] = [this.#row(py - reach), this.#row(py + reach)];
    for (let row = Math.max(0, top); row <= Math.min(this.#rows - 1, bottom); row++) {
      for (let column = Math.max(0, left); column <= Math.min(this.#columns - 1, right); column++) {
        const tile = row * this.#columns + column;
        for (let k = this.#starts[tile]!; k < this.#starts[tile + 1]!; k++) visit(this.#points[k]!);
      }
    }
  }

  #column(x: number): number {
    return Math.floor((x - this.#left) / TILE_PX);
  }

  #row(y: number): number {
    return Math.floor((y - this.#top) / TILE_PX);
  }

  /** The square of each point; -1 outside, and for a point without a place. */
  #tilesOf(x: Float64Array, y: Float64Array): Int32Array {
    const [left, top, columns, rows] = [this.#left, this.#top, this.#columns, this.#rows];
    const tiles = new Int32Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const column = Math.floor((x[i]! - left) / TILE_PX);
      const row = Math.floor((y[i]! - top) / TILE_PX);
      const isWithin = column >= 0 && column < columns && row >= 0 && row < rows;
      tiles[i] = isWithin ? row * columns + column : -1;
    }
    return tiles;
  }
}

interface Mark {
  x: NumberArray;
  y: NumberArray;
}

const known = new WeakMap<Mark, { x: Scale; y: Scale; placed: Placed }>();

/** The points of a mark in a frame; the same object as long as they lie in the same places. */
export function placedIn(mark: Mark, { x, y, plot }: Frame): Placed {
  const before = known.get(mark);
  if (before && areAlike(before.x, x) && areAlike(before.y, y)) return before.placed;
  const placed = new Placed(pixelsOf(x, mark.x.data), pixelsOf(y, mark.y.data), plot);
  known.set(mark, { x, y, placed });
  return placed;
}

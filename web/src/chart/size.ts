/** How large a panel should be, found from what it holds and the room it has. */

import type { Matrix, Panel } from '../data/types';
import { BELOW_TICKS, RIGHT, TICK_HEIGHT, TOP } from './scene';

export interface Size {
  width: number;
  height: number;
}

const BELOW = TICK_HEIGHT + BELOW_TICKS + 4;
const MOST = 560;
/** Cells of small matrices, in pixels. */
const LARGEST_CELL = 60;
const LARGEST_CELL_OF_FEW = 96;
/** How much wider than high a cell may be: classes against classes are nearly square. */
const STRETCH_CLASSES = 1.35;
const STRETCH_NUMBERS = 4;

/** `tall` is the height to fill, or 0 for a height that suits the width. */
export function naturalSize(panel: Panel, room: number, tall = 0): Size {
  const grid = panel.marks.find((mark) => mark.type === 'matrix');
  if (grid?.type === 'matrix' && !grid.x && !grid.y) return gridSize(panel, grid, room, tall);
  if (tall) return { width: room, height: tall };
  return { width: room, height: Math.round(heightOf(panel, room)) };
}

function heightOf(panel: Panel, width: number): number {
  if (panel.y!.scale === 'category') {
    const rows = panel.y!.categories.length;
    return TOP + BELOW + Math.max(96, Math.min(rows * 24, 640));
  }
  if (panel.marks.some((mark) => mark.type === 'matrix')) return Math.min(420, 0.7 * width);
  if (panel.marks.some((mark) => mark.type === 'wave' && mark.spectrogram)) return 420;
  const scatter = panel.marks.some((mark) => mark.type === 'points' && mark.color);
  const share = scatter ? 0.78 : 0.58;
  return Math.max(230, Math.min(width * share, scatter ? MOST : 380));
}

function gridSize(panel: Panel, grid: Matrix, room: number, tall: number): Size {
  const [rows, columns] = grid.values.shape as [number, number];
  const aside = leftMargin(panel, room) + RIGHT;
  const wide = room - aside;
  const below = BELOW + slantedNames(panel, wide);
  const high = tall ? tall - TOP - below : Math.min(MOST, Math.max(wide * 1.15, 200));
  const largest = Math.max(rows, columns) <= 4 ? LARGEST_CELL_OF_FEW : LARGEST_CELL;
  const cell = Math.min(tall ? Infinity : largest, wide / columns, high / rows);
  const classes = panel.x!.scale === 'category' && panel.y!.scale === 'category';
  const stretch = classes ? STRETCH_CLASSES : STRETCH_NUMBERS;
  const width = Math.min(wide, Math.max(160, cell * columns * stretch));
  const height = Math.max(cell * rows, Math.min(120, rows * 24));
  return { width: Math.round(aside + width), height: Math.round(TOP + below + height) };
}

/** About what the names at the x axis need below it when they only fit slanted. */
function slantedNames(panel: Panel, wide: number): number {
  const names = panel.x!.categories;
  const longest = Math.max(0, ...names.map((name) => name.length));
  if (!names.length || longest * 7 + 8 < wide / names.length || longest <= 3) return 0;
  return Math.min(58, longest * 5);
}

/** About what the names at the y axis need. */
function leftMargin(panel: Panel, room: number): number {
  const longest = Math.max(4, ...panel.y!.categories.map((name) => name.length));
  return Math.min(150, 0.34 * room, 7 * longest) + 12;
}

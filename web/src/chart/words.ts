/** A panel in words: for people who do not see it, and for what a picture alone would hide. */

import type { CartesianMark, Panel, Points } from '../data/types';
import * as matrix from '../marks/cartesian/matrix';
import { language } from '../words/language.svelte';
import { eachPiece } from './doubles';
import { areFinite } from './extent';
import { axisTitle } from './frame';
import type { Scene } from './scene';

/** "Loss: 2 lines (train, validation) of loss over epoch". */
export function describeScene(panel: Panel, title: string): string {
  const marks = panel.marks as readonly CartesianMark[];
  const kinds = [...new Set(marks.map((mark) => mark.type))];
  const labels = [...new Set(marks.map((mark) => mark.label).filter(Boolean))];
  const named = labels.length > 8 ? [...labels.slice(0, 8), '…'] : labels;
  return language.words.describe(title, kinds, named, axisTitle(panel.y!), axisTitle(panel.x!));
}

/** The panel's note, and what drawing itself leaves out or averages. */
export function notesOf(panel: Panel, scene: Scene | null): string[] {
  const notes = panel.note ? [panel.note] : [];
  for (const mark of panel.marks as readonly CartesianMark[]) {
    if (mark.type === 'matrix' && scene) {
      const [across, down] = matrix.cellsPerPixel(mark, scene.frame);
      if (across * down > 1.05) {
        notes.push(language.words.moreCells(mark.color.kind === 'signed', Math.ceil(across * down)));
      }
    }
    if (mark.type === 'points') {
      const lost = withoutPlace(mark.x.data, mark.y.data);
      if (lost && !standsOnLine(mark, panel)) notes.push(language.words.pointsLost(lost, mark.x.data.length));
    }
  }
  return notes;
}

/** Whether points stand on a line to be pointed at: the line marks what is not finite at the edge. */
function standsOnLine({ y }: Points, panel: Panel): boolean {
  return panel.marks.some(
    (mark) =>
      mark.type === 'line' &&
      mark.y.data.length === y.data.length &&
      Array.prototype.every.call(y.data, (value, i) => Object.is(value, mark.y.data[i])),
  );
}

const counted = new WeakMap<object, number>();

function withoutPlace(x: ArrayLike<number> & object, y: ArrayLike<number> & object): number {
  if (areFinite(x) && areFinite(y)) return 0;
  let lost = counted.get(x);
  if (lost === undefined) {
    const without = new Uint8Array(x.length);
    lost = 0;
    for (const values of [x, y]) {
      eachPiece(values, (piece, start, length) => {
        // Only of numbers that are finite the difference is 0.
        for (let i = 0; i < length; i++) if (piece[i]! - piece[i]! !== 0) without[start + i] = 1;
      });
    }
    for (let i = 0; i < without.length; i++) lost += without[i]!;
    counted.set(x, lost);
  }
  return lost;
}

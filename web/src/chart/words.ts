/** A panel in words: for people who do not see it, and for what a picture alone would hide. */

import type { CartesianMark, Matrix, Panel } from '../data/types';
import * as matrix from '../marks/cartesian/matrix';
import { axisTitle } from './frame';
import type { Scene } from './scene';

const NAMES = { line: 'line', points: 'scatter', matrix: 'grid', bars: 'bars', wave: 'sound' };

/** "Loss: 2 lines (train, validation) of loss over epoch". */
export function describeScene(panel: Panel, title: string): string {
  const marks = panel.marks as readonly CartesianMark[];
  const kinds = [...new Set(marks.map((mark) => NAMES[mark.type]))].join(' and ');
  const labels = [...new Set(marks.map((mark) => mark.label).filter(Boolean))];
  const named = labels.length ? ` (${labels.slice(0, 8).join(', ')}${labels.length > 8 ? ', …' : ''})` : '';
  return `${title}: ${kinds}${named} of ${axisTitle(panel.y!)} over ${axisTitle(panel.x!)}`;
}

/** The panel's note, and what drawing itself leaves out or averages. */
export function notesOf(panel: Panel, scene: Scene | null): string[] {
  const notes = panel.note ? [panel.note] : [];
  for (const mark of panel.marks as readonly CartesianMark[]) {
    if (mark.type === 'matrix' && scene) {
      const [across, down] = matrix.cellsPerPixel(mark, scene.frame);
      if (across * down > 1.05) {
        notes.push(
          `More cells than pixels: each pixel shows the ${extreme(mark)} of about ` +
            `${Math.ceil(across * down)} cells. Zoom in to see single ones.`,
        );
      }
    }
    if (mark.type === 'points') {
      const lost = withoutPlace(mark.x.data, mark.y.data);
      if (lost) notes.push(`${lost} of ${mark.x.data.length} points have no place (NaN or infinite) and are not drawn.`);
    }
  }
  return notes;
}

function extreme(mark: Matrix): string {
  return mark.color.kind === 'signed' ? 'value of largest magnitude' : 'largest value';
}

const counted = new WeakMap<object, number>();

function withoutPlace(x: ArrayLike<number> & object, y: ArrayLike<number>): number {
  let lost = counted.get(x);
  if (lost === undefined) {
    lost = 0;
    for (let i = 0; i < x.length; i++) if (!Number.isFinite(x[i]!) || !Number.isFinite(y[i]!)) lost++;
    counted.set(x, lost);
  }
  return lost;
}

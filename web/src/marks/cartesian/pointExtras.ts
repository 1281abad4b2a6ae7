/** What is drawn over a scatter: names of what is selected and, if asked for, of its classes; lines of equal density. */

import { paintClassNames } from '../../chart/classNames';
import { contoursOf } from '../../chart/contours';
import type { Layer } from '../../chart/paint';
import { paintPointLabels } from '../../chart/pointLabels';
import { placedIn } from '../../chart/placed';
import type { Scene } from '../../chart/scene';
import type { CartesianMark } from '../../data/types';
import { classOf } from './points';

/** Fewer points have no density worth lines. */
const FEWEST = 50;

export interface Extras {
  names: boolean;
  contours: boolean;
}

export function canBeNamed(marks: readonly CartesianMark[]): boolean {
  return marks.some((mark) => mark.type === 'points' && mark.color?.type === 'categories');
}

export function canHaveContours(marks: readonly CartesianMark[]): boolean {
  return marks.some((mark) => mark.type === 'points' && mark.x.data.length >= FEWEST);
}

export function paintExtras(
  context: CanvasRenderingContext2D,
  { frame }: Scene,
  layers: readonly Layer[],
  { names, contours }: Extras,
  font: string,
): void {
  const { plot, inks } = frame;
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top, plot.width, plot.height);
  context.clip();
  context.font = font;
  for (const { mark, hidden, hiddenClasses, bright } of layers) {
    if (hidden || mark.type !== 'points') continue;
    const { x, y } = placedIn(mark, frame);
    const isShown = (i: number) => (!bright || bright[i] === 1) && !(hiddenClasses.size && hiddenClasses.has(classOf(mark, i)));
    if (contours) {
      context.strokeStyle = inks.ink;
      contoursOf(x, y, plot, isShown).forEach(({ segments }, i) => {
        context.globalAlpha = 0.75 - 0.2 * i;
        context.lineWidth = 1.5;
        context.beginPath();
        for (let k = 0; k < segments.length; k += 4) {
          context.moveTo(segments[k]!, segments[k + 1]!);
          context.lineTo(segments[k + 2]!, segments[k + 3]!);
        }
        context.stroke();
      });
      context.globalAlpha = 1;
    }
    if (names) paintClassNames(context, { color: mark.color, x, y }, { inks, hidden: hiddenClasses, bright });
    paintPointLabels(context, { ids: mark.ids, text: mark.text, x, y }, { inks, bright, room: plot, isShown });
  }
  context.restore();
}

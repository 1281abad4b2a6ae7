/** Reading a panel with the arrow keys: from point to point, bar to bar, cell to cell. */

import { isSorted } from './extent';
import type { Corner } from './lasso';
import type { Layer } from './paint';
import type { Scene } from './scene';
import * as line from '../marks/cartesian/line';

const ELSE_PX = 10;

/** Where the pointer goes from `from`; `dx` and `dy` are -1, 0 or 1. */
export function walk(
  scene: Scene,
  layers: readonly Layer[],
  from: Corner | null,
  dx: number,
  dy: number,
): Corner {
  const { plot, x, y } = scene.frame;
  const start = from ?? { x: plot.left + plot.width / 2, y: plot.top + plot.height / 2 };
  const curve = layers.find(({ mark, hidden }) => mark.type === 'line' && !hidden)?.mark;
  if (curve?.type === 'line' && isSorted(curve.x.data) && dx !== 0) {
    const near = line.nearestIndex(curve, scene.frame, start.x, start.y);
    const index = Math.max(0, Math.min(curve.x.data.length - 1, near + (from ? dx : 0)));
    const height = y.at(curve.y.data[index]!);
    return within(scene, {
      x: x.at(curve.x.data[index]!),
      y: Number.isFinite(height) ? height : start.y,
    });
  }
  const stepX = stepOf(scene.frame.x, layers);
  const stepY = stepOf(scene.frame.y, layers);
  return within(scene, { x: start.x + dx * stepX, y: start.y + dy * stepY });
}

/** Pixels from one category, cell or bar to the next. */
function stepOf(scale: Scene['frame']['x'], layers: readonly Layer[]): number {
  const discrete = layers.some(({ mark }) => mark.type === 'matrix' || mark.type === 'bars');
  const unit = Math.abs(scale.at(1) - scale.at(0));
  return discrete && unit > 1 && unit < 200 ? unit : ELSE_PX;
}

function within({ frame: { plot } }: Scene, { x, y }: Corner): Corner {
  const clamp = (value: number, low: number, size: number) =>
    Math.max(low + 0.5, Math.min(low + size - 0.5, value));
  return { x: clamp(x, plot.left, plot.width), y: clamp(y, plot.top, plot.height) };
}

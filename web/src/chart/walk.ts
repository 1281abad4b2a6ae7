/** Reading a panel with the arrow keys: from point to point, bar to bar, cell to cell. */

import { isSorted } from './extent';
import { contains, type Rect } from './frame';
import type { Corner } from './lasso';
import type { Layer } from './paint';
import { placedIn } from './placed';
import { readAt } from './reading';
import type { Scene } from './scene';
import * as line from '../marks/cartesian/line';
import { classOf } from '../marks/cartesian/points';

const ELSE_PX = 10;
/** Nearer points cannot be told apart. */
const APART_PX = 0.5;
/** How much less a point to the side is wanted than one straight ahead. */
const ASIDE = 2;

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
  const shown = layers.filter(({ hidden }) => !hidden);
  const curve = shown.find(({ mark }) => mark.type === 'line')?.mark;
  if (curve?.type === 'line' && isSorted(curve.x.data) && dx !== 0) {
    const near = line.nearestIndex(curve, scene.frame, start.x, start.y);
    const index = Math.max(0, Math.min(curve.x.data.length - 1, near + (from ? dx : 0)));
    const height = y.at(curve.y.data[index]!);
    return within(scene, {
      x: x.at(curve.x.data[index]!),
      y: Number.isFinite(height) ? height : start.y,
    });
  }
  if (shown.some(({ mark }) => mark.type === 'points')) {
    return from ? nextPoint(scene, shown, start, dx, dy) : nearestPoint(scene, shown, start);
  }
  const bars = shown.find(({ mark }) => mark.type === 'bars')?.mark;
  if (bars?.type === 'bars' && !bars.edges) {
    const along = bars.horizontal ? y : x;
    const unit = Math.abs(along.at(1) - along.at(0));
    const [wide, high] = bars.horizontal ? [ELSE_PX, unit] : [unit, ELSE_PX];
    return within(scene, { x: start.x + dx * wide, y: start.y + dy * high });
  }
  if (scene.lower) return between(plot, scene.lower.frame.plot, start, dx, dy);
  return within(scene, nextCell(scene, layers, start, from ? dx : 0, from ? dy : 0));
}

/** From a sound to its spectrogram below, and back. */
function between(upper: Rect, lower: Rect, start: Corner, dx: number, dy: number): Corner {
  const end = upper.top + upper.height;
  const to = { x: start.x + dx * ELSE_PX, y: start.y + dy * ELSE_PX };
  const below = start.y > end ? to.y >= lower.top : to.y > end;
  return clampedTo(below ? lower : upper, to);
}

/** Where the corner of a box goes: it may stand between points, but not between cells. */
export function stretch(scene: Scene, layers: readonly Layer[], from: Corner, dx: number, dy: number): Corner {
  const cells = layers.some(({ mark, hidden }) => !hidden && (mark.type === 'matrix' || mark.type === 'bars'));
  if (cells) return walk(scene, layers, from, dx, dy);
  return within(scene, { x: from.x + dx * ELSE_PX, y: from.y + dy * ELSE_PX });
}

/** The middle of the cell or bar beside the one at `start`; without one, a little further. */
function nextCell(scene: Scene, layers: readonly Layer[], start: Corner, dx: number, dy: number): Corner {
  const here = readAt(scene, layers, start.x, start.y)?.outline;
  if (!here) return { x: start.x + dx * ELSE_PX, y: start.y + dy * ELSE_PX };
  // There may be a gap, which belongs to either.
  for (let beyond = APART_PX; beyond <= ELSE_PX; beyond *= 2) {
    const at = within(scene, {
      x: dx > 0 ? here.left + here.width + beyond : dx < 0 ? here.left - beyond : start.x,
      y: dy > 0 ? here.top + here.height + beyond : dy < 0 ? here.top - beyond : start.y,
    });
    const next = readAt(scene, layers, at.x, at.y)?.outline;
    if (next && (next.left !== here.left || next.top !== here.top)) return middleOf(next);
  }
  return middleOf(here);
}

function middleOf({ left, top, width, height }: Rect): Corner {
  return { x: left + width / 2, y: top + height / 2 };
}

/** Visit the points in sight that are not switched off, by their pixels. */
function eachPoint(scene: Scene, shown: readonly Layer[], visit: (x: number, y: number) => void): void {
  const { plot } = scene.frame;
  for (const { mark, hiddenClasses } of shown) {
    if (mark.type !== 'points') continue;
    const { x, y } = placedIn(mark, scene.frame);
    for (let i = 0; i < x.length; i++) {
      if (contains(plot, x[i]!, y[i]!) && !hiddenClasses.has(classOf(mark, i))) visit(x[i]!, y[i]!);
    }
  }
}

/** The next point in a direction: near, and rather ahead than aside. */
function nextPoint(scene: Scene, shown: readonly Layer[], start: Corner, dx: number, dy: number): Corner {
  let [found, least] = [start, Infinity];
  eachPoint(scene, shown, (x, y) => {
    const ahead = (x - start.x) * dx + (y - start.y) * dy;
    if (ahead < APART_PX) return;
    const cost = ahead + ASIDE * Math.abs((x - start.x) * dy + (y - start.y) * dx);
    if (cost < least) [found, least] = [{ x, y }, cost];
  });
  return found;
}

function nearestPoint(scene: Scene, shown: readonly Layer[], start: Corner): Corner {
  let [found, least] = [start, Infinity];
  eachPoint(scene, shown, (x, y) => {
    const distance = Math.hypot(x - start.x, y - start.y);
    if (distance < least) [found, least] = [{ x, y }, distance];
  });
  return found;
}

function within({ frame }: Scene, at: Corner): Corner {
  return clampedTo(frame.plot, at);
}

function clampedTo(plot: Rect, { x, y }: Corner): Corner {
  const clamp = (value: number, low: number, size: number) =>
    Math.max(low + 0.5, Math.min(low + size - 0.5, value));
  return { x: clamp(x, plot.left, plot.width), y: clamp(y, plot.top, plot.height) };
}

/** The four corners of a box. */
export function boxBetween(one: Corner, other: Corner): Corner[] {
  return [one, { x: other.x, y: one.y }, other, { x: one.x, y: other.y }];
}

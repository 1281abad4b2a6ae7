/** Pointers on a plot, as intentions: zoom into a box, pan, lasso, click. */

import { between, isUsable, panned, zoomed, type Scale } from './scale';
import { contains, type Rect } from './frame';
import type { Corner } from './lasso';
import type { Scene, Zoom } from './scene';

export type Mode = 'zoom' | 'pan' | 'lasso';

/** Shorter drags are clicks. */
const CLICK_PX = 4;
/** A box flatter than this zooms one axis only. */
const FLAT_PX = 14;
const WHEEL_SPEED = 0.0016;

export interface Drag {
  mode: Mode;
  start: Corner;
  /** The scene when the drag began: a pan moves with the pointer from there. */
  scene: Scene;
  path: Corner[];
}

export function startDrag(scene: Scene, mode: Mode, start: Corner): Drag {
  return { mode, start, scene, path: [start] };
}

export function isClick(drag: Drag, end: Corner): boolean {
  return Math.hypot(end.x - drag.start.x, end.y - drag.start.y) < CLICK_PX;
}

/** The box a drag spans: flat ones become full bands, which zoom one axis only. */
export function boxOf(drag: Drag, end: Corner): Rect {
  const { plot } = drag.scene.frame;
  const [x0, x1] = clampedRange(drag.start.x, end.x, plot.left, plot.left + plot.width);
  const [y0, y1] = clampedRange(drag.start.y, end.y, plot.top, plot.top + plot.height);
  const flat = y1 - y0 < FLAT_PX && x1 - x0 >= FLAT_PX;
  const thin = x1 - x0 < FLAT_PX && y1 - y0 >= FLAT_PX;
  return {
    left: thin ? plot.left : x0,
    width: thin ? plot.width : x1 - x0,
    top: flat ? plot.top : y0,
    height: flat ? plot.height : y1 - y0,
  };
}

function clampedRange(one: number, other: number, low: number, high: number): [number, number] {
  const clamp = (value: number) => Math.max(low, Math.min(high, value));
  return one < other ? [clamp(one), clamp(other)] : [clamp(other), clamp(one)];
}

export function zoomToBox(drag: Drag, end: Corner, before: Zoom): Zoom {
  const box = boxOf(drag, end);
  const { x, y, plot } = drag.scene.frame;
  const wide = box.width < plot.width;
  const high = box.height < plot.height;
  return usable(
    {
      x: wide ? between(x, box.left, box.left + box.width) : before.x,
      y: high ? between(y, box.top, box.top + box.height) : before.y,
    },
    before,
  );
}

export function panBy(drag: Drag, end: Corner, before: Zoom): Zoom {
  const { x, y } = drag.scene.frame;
  const after = { x: panned(x, end.x - drag.start.x), y: panned(y, end.y - drag.start.y) };
  return usable(after, before);
}

/** Zoom with a wheel about the pointer; over the margin beside an axis, along that axis only. */
export function zoomByWheel(scene: Scene, at: Corner, delta: number, before: Zoom): Zoom {
  return zoomBy(scene, at, Math.exp(delta * WHEEL_SPEED), before);
}

export function zoomBy(scene: Scene, at: Corner, factor: number, before: Zoom): Zoom {
  const { x, y, plot } = scene.frame;
  const within = contains(plot, at.x, at.y);
  const beside = at.x < plot.left;
  const along = (scale: Scale, pixel: number) => zoomed(scale, factor, pixel);
  return usable(
    {
      x: within || !beside ? along(x, at.x) : before.x,
      y: within || beside ? along(y, at.y) : before.y,
    },
    before,
  );
}

function usable(after: Zoom, before: Zoom): Zoom {
  const ok = (span: Zoom['x']) => span === null || isUsable(span);
  return ok(after.x) && ok(after.y) ? after : before;
}

/** What moves with the pointer, drawn on a canvas above the picture so that it need not be redrawn. */

import type { Frame, Rect } from './frame';
import type { Corner } from './lasso';
import type { Reading } from './reading';
import type { Scene } from './scene';

export interface OverlayState {
  reading: Reading | null;
  /** Where selected or hovered elements of other marks lie. */
  rings: readonly { x: number; y: number }[];
  /** The box a drag zooms into. */
  box: Rect | null;
  lasso: readonly Corner[];
  /** Pixel of the place a sound is at. */
  playhead: number | null;
}

export function paintOverlay(
  context: CanvasRenderingContext2D,
  scene: Scene,
  state: OverlayState,
): void {
  const { frame } = scene;
  if (state.reading) paintReading(context, scene, state.reading);
  for (const ring of state.rings) paintRing(context, ring, frame);
  if (state.playhead !== null) paintHair(context, scene, state.playhead, frame.inks.accent);
  if (state.box) paintBox(context, state.box, frame);
  if (state.lasso.length > 1) paintLasso(context, state.lasso, frame);
}

function paintReading(context: CanvasRenderingContext2D, scene: Scene, reading: Reading): void {
  const { inks } = scene.frame;
  if (reading.hair !== null) paintHair(context, scene, reading.hair, inks.soft);
  if (reading.outline) {
    const { left, top, width, height } = reading.outline;
    for (const [color, wide] of [[inks.ground, 3.5], [inks.ink, 1.5]] as const) {
      context.strokeStyle = color;
      context.lineWidth = wide;
      context.strokeRect(left, top, Math.max(1, width), Math.max(1, height));
    }
  }
  for (const { x, y, color } of reading.dots) {
    context.beginPath();
    context.arc(x, y, 4.5, 0, 2 * Math.PI);
    context.fillStyle = color || inks.ink;
    context.strokeStyle = inks.ground;
    context.lineWidth = 2;
    context.fill();
    context.stroke();
  }
}

function paintHair(
  context: CanvasRenderingContext2D,
  scene: Scene,
  x: number,
  color: string,
): void {
  const { top, height } = scene.frame.plot;
  const low = scene.lower?.frame.plot;
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(Math.round(x) + 0.5, top);
  context.lineTo(Math.round(x) + 0.5, low ? low.top + low.height : top + height);
  context.stroke();
}

function paintRing(
  context: CanvasRenderingContext2D,
  { x, y }: { x: number; y: number },
  frame: Frame,
): void {
  context.beginPath();
  context.arc(x, y, 7, 0, 2 * Math.PI);
  context.strokeStyle = frame.inks.ink;
  context.lineWidth = 1.75;
  context.stroke();
}

function paintBox(context: CanvasRenderingContext2D, box: Rect, frame: Frame): void {
  context.save();
  context.fillStyle = context.strokeStyle = frame.inks.accent;
  context.globalAlpha = 0.12;
  context.fillRect(box.left, box.top, box.width, box.height);
  context.globalAlpha = 1;
  context.lineWidth = 1;
  context.strokeRect(box.left + 0.5, box.top + 0.5, box.width, box.height);
  context.restore();
}

function paintLasso(
  context: CanvasRenderingContext2D,
  corners: readonly Corner[],
  frame: Frame,
): void {
  context.save();
  context.beginPath();
  for (const { x, y } of corners) context.lineTo(x, y);
  context.closePath();
  context.fillStyle = context.strokeStyle = frame.inks.accent;
  context.globalAlpha = 0.12;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 1.5;
  context.setLineDash([4, 3]);
  context.stroke();
  context.restore();
}

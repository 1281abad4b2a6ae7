/** Names beside the points that are selected, as long as they are few: none lies over another. */

import { idsOf } from '../state/selection.svelte';
import type { Ids } from '../data/types';
import type { Inks } from './frame';
import { ellipsis } from './ticks';

/** More names than this are a thicket. */
const MOST = 40;
const WIDEST_PX = 170;
const [AWAY_PX, HEIGHT_PX, APART_PX] = [9, 15, 2];

export interface Labelled {
  ids: Ids | null;
  text: readonly string[] | null;
  /** Pixels of the points; NaN for those without a place. */
  x: Float64Array;
  y: Float64Array;
}

interface Spot {
  left: number;
  top: number;
  width: number;
}

/** Where each name finds room, in the order of the points; names without room are left out. */
export function placeLabels(
  widths: readonly number[],
  points: readonly { x: number; y: number }[],
  room: { left: number; top: number; width: number; height: number },
): (Spot | null)[] {
  const taken: Spot[] = [];
  return points.map(({ x, y }, i) => {
    const width = widths[i]!;
    const [middle, beside] = [y - HEIGHT_PX / 2, HEIGHT_PX + AWAY_PX];
    const spots: Spot[] = [
      { left: x + AWAY_PX, top: middle, width },
      { left: x - AWAY_PX - width, top: middle, width },
      { left: x - width / 2, top: y - beside, width },
      { left: x - width / 2, top: y + AWAY_PX, width },
    ];
    const spot = spots.find((one) => isWithin(one, room) && !taken.some((other) => meet(one, other))) ?? null;
    if (spot) taken.push(spot);
    return spot;
  });
}

function isWithin({ left, top, width }: Spot, room: { left: number; top: number; width: number; height: number }): boolean {
  return left >= room.left && left + width <= room.left + room.width && top >= room.top && top + HEIGHT_PX <= room.top + room.height;
}

function meet(one: Spot, other: Spot): boolean {
  return (
    one.left < other.left + other.width + APART_PX &&
    other.left < one.left + one.width + APART_PX &&
    Math.abs(one.top - other.top) < HEIGHT_PX + APART_PX
  );
}

export function paintPointLabels(
  context: CanvasRenderingContext2D,
  { ids, text, x, y }: Labelled,
  options: { inks: Inks; bright: Uint8Array | null; room: Parameters<typeof placeLabels>[2]; isShown: (i: number) => boolean },
): void {
  const { inks, bright, room, isShown } = options;
  if (!bright || !ids || ids.values.data.length < 2) return;
  const chosen = brightOf(bright).filter((i) => Number.isFinite(x[i]) && Number.isFinite(y[i]) && isShown(i));
  if (!chosen.length || chosen.length > MOST) return;
  context.save();
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 3;
  const measure = (name: string) => context.measureText(name).width;
  const names = chosen.map((i) => ellipsis(text?.[i] || String(idsOf(ids, i)[0]), WIDEST_PX, measure));
  const spots = placeLabels(names.map(measure), chosen.map((i) => ({ x: x[i]!, y: y[i]! })), room);
  spots.forEach((spot, k) => {
    if (!spot) return;
    const at = [spot.left, spot.top + HEIGHT_PX / 2] as const;
    context.strokeStyle = inks.ground;
    context.strokeText(names[k]!, ...at);
    context.fillStyle = inks.ink;
    context.fillText(names[k]!, ...at);
  });
  context.restore();
}

/** The bright ones, looked for until there are too many. */
function brightOf(bright: Uint8Array): number[] {
  const found: number[] = [];
  for (let i = bright.indexOf(1); i >= 0 && found.length <= MOST; i = bright.indexOf(1, i + 1)) found.push(i);
  return found;
}

/** Names of classes at the medians of their points, over scatters flat and in space. */

import type { Categories, Continuous } from '../data/types';
import type { Inks } from './frame';

export interface Named {
  color: Categories | Continuous | null;
  /** Pixels of the points; NaN for those without a place. */
  x: Float64Array;
  y: Float64Array;
}

export function paintClassNames(
  context: CanvasRenderingContext2D,
  { color, x, y }: Named,
  options: { inks: Inks; hidden: ReadonlySet<number>; bright: Uint8Array | null },
): void {
  if (color?.type !== 'categories') return;
  const { inks, hidden, bright } = options;
  const members = color.names.map((): number[] => []);
  for (let i = 0; i < x.length; i++) {
    const code = color.codes.data[i]!;
    const hasPlace = x[i]! - x[i]! === 0 && y[i]! - y[i]! === 0;
    if (code >= 0 && hasPlace && !(bright && !bright[i])) members[code]!.push(i);
  }
  context.save();
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 4;
  context.font = `600 ${context.font}`;
  color.names.forEach((name, code) => {
    if (!members[code]!.length || hidden.has(code)) return;
    const at = [median(members[code]!, x), median(members[code]!, y)] as const;
    context.strokeStyle = inks.ground;
    context.strokeText(name, ...at);
    context.fillStyle = inks.ink;
    context.fillText(name, ...at);
  });
  context.restore();
}

export function median(members: readonly number[], values: Float64Array): number {
  const sorted = Float64Array.from(members, (i) => values[i]!).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

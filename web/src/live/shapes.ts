/** How much room each kind of picture took last time, so that pages do not jump while they load. */

import type { Entry } from './types';

export interface Shape {
  wide: boolean;
  height: number;
}

const UNKNOWN: Shape = { wide: false, height: 300 };

const known = new Map<string, Shape>();

export function rememberedShape(entry: Entry): Shape {
  return known.get(entry.id) ?? known.get(entry.view) ?? UNKNOWN;
}

export function rememberShape(entry: Entry, shape: Shape): void {
  known.set(entry.id, shape);
  known.set(entry.view, shape);
}

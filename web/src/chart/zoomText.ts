/** The part of the axes that is seen, as a text for the address: `100~250~~~k3f`. */

import type { Axis, Panel } from '../data/types';
import { isUsable, type Span } from './scale';
import type { Zoom } from './scene';

export const ALL: Zoom = { x: null, y: null };

/** A zoom, and of which axes: a part of the steps is none of the hours. */
export interface ZoomOf {
  zoom: Zoom;
  axes: string;
}

export function zoomToText({ zoom: { x, y }, axes }: ZoomOf): string {
  return x || y ? [...endsOf(x), ...endsOf(y), axes].join('~') : '';
}

export function zoomFromText(text: string): ZoomOf {
  const [x0 = '', x1 = '', y0 = '', y1 = '', axes = ''] = text.split('~');
  return { zoom: { x: span(x0, x1), y: span(y0, y1) }, axes };
}

/** A few letters that stand for what the axes show, the same in every language and at every step. */
export function axesOf({ x, y }: Panel): string {
  let sum = 0;
  for (const sign of `${nameOf(x)} ${y?.scale === 'category'}`) sum = (31 * sum + sign.codePointAt(0)!) % 36 ** 3;
  return sum.toString(36);
}

function nameOf(axis: Axis | null): string {
  // In brackets stands what differs from step to step: the share of the variance.
  return axis ? `${(axis.original ?? axis.label).replace(/ \(.*/, '')} ${axis.unit}` : '';
}

/** As many digits as it takes to find the place again to a part of a pixel. */
function endsOf(ends: Span | null): string[] {
  if (!ends) return ['', ''];
  const size = Math.max(...ends.map(Math.abs)) / Math.abs(ends[1] - ends[0]);
  const digits = Math.min(17, Math.ceil(Math.log10(size)) + 5);
  return ends.map((end) => String(Number(end.toPrecision(digits))));
}

function span(low: string, high: string): Span | null {
  const ends = [Number(low || NaN), Number(high || NaN)] as const;
  return isUsable(ends) ? ends : null;
}

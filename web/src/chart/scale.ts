/** Maps data to pixels along one axis, and back. */

export type ScaleKind = 'linear' | 'log' | 'category';
export type Span = readonly [number, number];

export interface Scale {
  readonly kind: ScaleKind;
  /** Data values at the two ends of `range`. */
  readonly domain: Span;
  /** Pixels; reversed for an axis that points up or runs backwards. */
  readonly range: Span;
  /** Pixel of a value. Not finite for a value the scale cannot place (NaN, or <= 0 on a log scale). */
  at(value: number): number;
  /** Value at a pixel. */
  invert(pixel: number): number;
}

export function makeScale(kind: ScaleKind, domain: Span, range: Span): Scale {
  const forward = kind === 'log' ? Math.log10 : identity;
  const backward = kind === 'log' ? powerOfTen : identity;
  const start = forward(domain[0]);
  const slope = (range[1] - range[0]) / (forward(domain[1]) - start);
  return {
    kind,
    domain,
    range,
    at: (value) => range[0] + (forward(value) - start) * slope,
    invert: (pixel) => backward(start + (pixel - range[0]) / slope),
  };
}

/** Pixels of many values at once, each exactly what `at` gives. */
export function pixelsOf(scale: Scale, values: ArrayLike<number>): Float64Array {
  const out = new Float64Array(values);
  toPixels(scale, out, out.length);
  return out;
}

/** Put pixels in the place of the first values. */
export function toPixels(scale: Scale, values: Float64Array, count: number): void {
  const forward = scale.kind === 'log' ? Math.log10 : null;
  const [first, last] = scale.range;
  const start = forward ? forward(scale.domain[0]) : scale.domain[0];
  const slope = (last - first) / ((forward ? forward(scale.domain[1]) : scale.domain[1]) - start);
  if (forward) for (let i = 0; i < count; i++) values[i] = forward(values[i]!);
  for (let i = 0; i < count; i++) values[i] = first + (values[i]! - start) * slope;
}

/** Whether two scales place every value alike. */
export function areAlike(one: Scale, other: Scale): boolean {
  const ends = ({ domain, range }: Scale) => [...domain, ...range];
  const others = ends(other);
  return one.kind === other.kind && ends(one).every((end, i) => end === others[i]);
}

/** The domain after zooming by `factor` (< 1 comes closer) about a pixel that stays in place. */
export function zoomed(scale: Scale, factor: number, pixel: number): Span {
  const [start, end] = scale.range;
  return [
    scale.invert(pixel + (start - pixel) * factor),
    scale.invert(pixel + (end - pixel) * factor),
  ];
}

/** The domain after dragging the content by `pixels`. */
export function panned(scale: Scale, pixels: number): Span {
  return [scale.invert(scale.range[0] - pixels), scale.invert(scale.range[1] - pixels)];
}

/** The domain between two pixels, in the direction of the scale. */
export function between(scale: Scale, one: number, other: number): Span {
  const ascending = scale.range[0] < scale.range[1];
  const [low, high] = one < other ? [one, other] : [other, one];
  return ascending
    ? [scale.invert(low), scale.invert(high)]
    : [scale.invert(high), scale.invert(low)];
}

/** Whether numbers can still tell the ends apart, so that zooming in must stop here. */
export function isUsable([start, end]: Span): boolean {
  const size = Math.max(Math.abs(start), Math.abs(end));
  return (
    Number.isFinite(start) && Number.isFinite(end) && Math.abs(end - start) > size * 1e-12
  );
}

function identity(value: number): number {
  return value;
}

function powerOfTen(value: number): number {
  return 10 ** value;
}

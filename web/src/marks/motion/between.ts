/** Panels between two others: points of the same ids on their way from one picture to the next. */

import { fullDomains } from '../../chart/scene';
import type { Span } from '../../chart/scale';
import { rowsOf } from '../../data/rows';
import type { Axis, Mark, NumberArray, Panel, Points, Points3D } from '../../data/types';
import { boxOf, keepBox, type Box } from '../space/turning';

/** More points than this take longer to draw than a glide lasts. */
export const MOST_POINTS = 200_000;

/** The way of one panel to another. */
export interface Way {
  to: Panel;
  /** Where the axes begin; null where they stay as they are, and in space. */
  domains: { x: readonly [Span, Span]; y: readonly [Span, Span] } | null;
  /** By the place of the mark in the panel. */
  marks: ReadonlyMap<number, MarkWay>;
}

type Moving = Points | Points3D;

interface MarkWay {
  to: Moving;
  /** Where each point of `to` begins and ends, along each axis. */
  starts: readonly Float64Array[];
  ends: readonly Float64Array[];
  boxes: readonly [Box, Box] | null;
}

/** How points get from one panel to the next; null if none of them moves. */
export function wayOf(from: Panel, to: Panel): Way | null {
  if (![from.x, from.y, to.x, to.y].every(isLinear)) return null;
  const marks = new Map<number, MarkWay>();
  to.marks.forEach((mark, place) => {
    const way = wayOfMark(from.marks[place], mark);
    if (way) marks.set(place, way);
  });
  if (!marks.size) return null;
  if (!from.x || !to.x) return { to, domains: null, marks };
  const [before, after] = [fullDomains(from, []), fullDomains(to, [])];
  const domains = { x: [before.x, after.x], y: [before.y, after.y] } as const;
  return before.empty || after.empty ? null : { to, domains, marks };
}

/** Of flat pictures; those in space have no such axes. */
function isLinear(axis: Axis | null): boolean {
  return axis === null || axis.scale === 'linear';
}

function wayOfMark(from: Mark | undefined, to: Mark): MarkWay | null {
  if (!isMoving(to) || !from || !isMoving(from) || from.type !== to.type) return null;
  if (!from.ids || !to.ids || from.ids.kind !== to.ids.kind) return null;
  if (Math.max(from.x.data.length, to.x.data.length) > MOST_POINTS) return null;
  const boxes = from.type === 'points3d' && to.type === 'points3d' ? ([boxOf(from), boxOf(to)] as const) : null;
  if (boxes?.some((box) => box.empty)) return null;
  const [before, ends, starts] = [copyOf(from), copyOf(to), copyOf(to)];
  const rows = rowsOf(from.ids.values, to.ids.values);
  let moves = false;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row < 0 || !hasPlace(before, row) || !hasPlace(ends, i)) continue;
    for (let axis = 0; axis < starts.length; axis++) {
      moves ||= before[axis]![row] !== ends[axis]![i];
      starts[axis]![i] = before[axis]![row]!;
    }
  }
  return moves ? { to, starts, ends, boxes } : null;
}

/** What has no place in one of the pictures cannot be on its way. */
function hasPlace(sides: readonly Float64Array[], i: number): boolean {
  for (const side of sides) if (!Number.isFinite(side[i])) return false;
  return true;
}

function isMoving(mark: Mark): mark is Moving {
  return (mark.type === 'points' || mark.type === 'points3d') && mark.ids !== null && !mark.ids.elements;
}

/** As arrays of one kind: then loops over a hundred thousand points take milliseconds. */
function copyOf(mark: Moving): Float64Array[] {
  return sidesOf(mark).map(({ data }) => new Float64Array(data));
}

function sidesOf(mark: Moving): NumberArray[] {
  return mark.type === 'points' ? [mark.x, mark.y] : [mark.x, mark.y, mark.z];
}

/**
 * The panel when a share of the way is done.
 *
 * Axes and points are at the same share of their ways, so what both pictures show is never out of sight.
 */
export function between({ to, domains, marks }: Way, share: number): Panel {
  const done = share * share * (3 - 2 * share);
  const mix = (start: number, end: number) => start + (end - start) * done;
  const axis = (own: Axis | null, ends: readonly [Span, Span] | undefined): Axis | null =>
    own && ends ? { ...own, domain: [mix(ends[0][0], ends[1][0]), mix(ends[0][1], ends[1][1])] } : own;
  return {
    ...to,
    x: axis(to.x, domains?.x),
    y: axis(to.y, domains?.y),
    marks: to.marks.map((mark, place) => {
      const way = marks.get(place);
      return way ? markBetween(way, mix) : mark;
    }),
  };
}

function markBetween({ to, starts, ends, boxes }: MarkWay, mix: (start: number, end: number) => number): Moving {
  const sides = sidesOf(to).map((side, axis): NumberArray => {
    const [data, end] = [starts[axis]!.slice(), ends[axis]!];
    for (let i = 0; i < data.length; i++) data[i] = mix(data[i]!, end[i]!);
    return { ...side, kind: 'float', data };
  });
  const [x, y] = sides as [NumberArray, NumberArray];
  if (to.type === 'points') return { ...to, x, y };
  const mark = { ...to, x, y, z: sides[2]! };
  if (boxes) keepBox(mark, mixedBox(boxes, mix));
  return mark;
}

function mixedBox([from, to]: readonly [Box, Box], mix: (start: number, end: number) => number): Box {
  const all = (one: Box['half'], other: Box['half']) => one.map((value, side) => mix(value, other[side]!)) as unknown as Box['half'];
  const half = all(from.half, to.half);
  return { ...to, middle: all(from.middle, to.middle), half, unit: Math.max(...half) };
}

/**
 * `window.bathyscope`: what the page shows, for tests and for people at the console.
 *
 * - `document`: the decoded document; `loadFigure(item, index)` gives the figures of its items.
 * - `live`: of a live page the address, the rows of the run table and the open run.
 * - `panels()`: the panels that are drawn now, each with its data, axes and places on the screen.
 * - `spaces()`: the scatters in space, each with its mark, its eye and the places of its points.
 * - `inChinese(text)`: what a text of a figure is called on the Chinese page.
 * - `selection`, `cursor`, `theme`: the page's state; writing to it moves the page.
 */

import { loadFigure } from '../data/decode';
import type { Document, Mark, Panel, Points3D } from '../data/types';
import type { Eye } from '../marks/space/turning';
import type { Scene } from '../chart/scene';
import type { Tick } from '../chart/ticks';
import { cursor } from './cursor.svelte';
import { selection } from './selection.svelte';
import { theme } from './theme.svelte';
import { inChinese } from '../words/glossary';

export interface Inspected {
  panel: Panel;
  title: string;
  element: Element;
  scene: () => Scene;
  hidden: () => string[];
}

export interface PanelReport {
  title: string;
  marks: readonly Mark[];
  /** Keys of the legend entries that are switched off. */
  hidden: string[];
  x: AxisReport;
  y: AxisReport;
  /** Where a value lies in the window, in CSS pixels. */
  locate(x: number, y: number): { x: number; y: number };
}

interface AxisReport {
  label: string;
  domain: readonly [number, number];
  ticks: Tick[];
}

const drawn = new Set<Inspected>();

/** Make a drawn panel visible to `window.bathyscope`; call the result when it is gone. */
export function inspect(panel: Inspected): () => void {
  drawn.add(panel);
  return () => drawn.delete(panel);
}

/** A scatter in space. */
export interface InspectedSpace {
  title: string;
  element: Element;
  mark: () => Points3D;
  eye: () => Eye;
  /** Where point i lies in the window, in CSS pixels. */
  locate: (i: number) => { x: number; y: number };
}

const spaces = new Set<InspectedSpace>();

/** Make a scatter in space visible to `window.bathyscope`; call the result when it is gone. */
export function inspectSpace(space: InspectedSpace): () => void {
  spaces.add(space);
  return () => spaces.delete(space);
}

/** `more` is what only this page has: the document of a report, the open run of a live page. */
export function expose(more: { document: Document } | { live: object }): void {
  const panels = () =>
    inOrder(drawn).map(report);
  Object.assign(window, { bathyscope: { ...more, loadFigure, panels, spaces: () => inOrder(spaces), selection, cursor, theme, inChinese } });
}

function inOrder<T extends { element: Element }>(shown: Iterable<T>): T[] {
  return [...shown].sort((a, b) => order(a.element, b.element));
}

function order(one: Element, other: Element): number {
  return one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}

function report({ panel, title, element, scene, hidden }: Inspected): PanelReport {
  const { frame, xTicks, yTicks } = scene();
  return {
    title,
    marks: panel.marks,
    hidden: hidden(),
    x: { label: frame.xAxis.label, domain: frame.x.domain, ticks: xTicks.ticks },
    y: { label: frame.yAxis.label, domain: frame.y.domain, ticks: yTicks.ticks },
    locate(x, y) {
      const bounds = element.getBoundingClientRect();
      return { x: bounds.left + frame.x.at(x), y: bounds.top + frame.y.at(y) };
    },
  };
}

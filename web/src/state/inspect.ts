/**
 * `window.bathyscope`: what the page shows, for tests and for people at the console.
 *
 * - `document`: the decoded document; `loadFigure(item, index)` gives the figures of its items.
 * - `live`: of a live page the address, the rows of the run table and the open run.
 * - `panels()`: the panels that are drawn now, each with its data, axes and places on the screen.
 * - `selection`, `cursor`, `theme`: the page's state; writing to it moves the page.
 */

import { loadFigure } from '../data/decode';
import type { Document, Mark, Panel } from '../data/types';
import type { Scene } from '../chart/scene';
import type { Tick } from '../chart/ticks';
import { cursor } from './cursor.svelte';
import { selection } from './selection.svelte';
import { theme } from './theme.svelte';

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

/** `more` is what only this page has: the document of a report, the open run of a live page. */
export function expose(more: { document: Document } | { live: object }): void {
  const panels = () =>
    [...drawn].sort((a, b) => order(a.element, b.element)).map(report);
  Object.assign(window, { bathyscope: { ...more, loadFigure, panels, selection, cursor, theme } });
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

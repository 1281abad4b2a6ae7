/** What figures say, in the language of the page. Nothing but words changes: numbers and ids stay. */

import type { AnyArray, Axis, ColorScale, Figure, Mark, Panel } from '../data/types';
import { inChinese } from './glossary';
import { language } from './language.svelte';

export function term(text: string): string {
  return language.current === 'zh' ? inChinese(text) : text;
}

const translated = new WeakMap<Figure, Figure>();

/** A figure whose titles and axes are in the language of the page. */
export function inLanguage(figure: Figure): Figure {
  if (language.current !== 'zh') return figure;
  let made = translated.get(figure);
  if (!made) {
    const { title, note, panels } = figure;
    made = { ...figure, title: inChinese(title), note: inChinese(note), panels: panels.map(panelInChinese) };
    translated.set(figure, made);
  }
  return made;
}

/** What views say of each row; all other cells hold data. */
function wordsOf(column: string, values: AnyArray): AnyArray {
  if (column !== 'verdict' || ArrayBuffer.isView(values.data)) return values;
  return { ...values, data: values.data.map((word) => inChinese(String(word))) } as AnyArray;
}

function panelInChinese(panel: Panel): Panel {
  return {
    ...panel,
    title: inChinese(panel.title),
    note: inChinese(panel.note),
    x: axisInChinese(panel.x),
    y: axisInChinese(panel.y),
    marks: panel.marks.map(markInChinese),
  };
}

function axisInChinese(axis: Axis | null): Axis | null {
  return axis && { ...axis, label: inChinese(axis.label), original: axis.label };
}

function scaleInChinese(scale: ColorScale): ColorScale {
  return { ...scale, label: inChinese(scale.label) };
}

function markInChinese(mark: Mark): Mark {
  if (mark.type === 'note') return { ...mark, text: inChinese(mark.text) };
  // What stands for a layer or a run bears its name, which may be a word such as `output`.
  const isName = ['layer', 'parameter', 'run'].includes(mark.ids?.kind ?? '');
  const named = { ...mark, label: isName ? mark.label : inChinese(mark.label) };
  if (named.type === 'points3d') {
    const [x, y, z] = named.axes;
    return { ...named, axes: [inChinese(x), inChinese(y), inChinese(z)] };
  }
  if (named.type === 'line') return { ...named, band_label: inChinese(named.band_label) };
  if (named.type === 'matrix') return { ...named, color: scaleInChinese(named.color) };
  if (named.type === 'tiles') {
    const captions = named.captions?.map(inChinese) ?? null;
    return { ...named, captions, color: named.color && scaleInChinese(named.color) };
  }
  if (named.type === 'table') {
    const renamed = (held: ReadonlyMap<string, string>) =>
      new Map([...held].map(([name, format]) => [inChinese(name), format]));
    return {
      ...named,
      columns: new Map([...named.columns].map(([name, values]) => [inChinese(name), wordsOf(name, values)])),
      formats: renamed(named.formats),
      bars: named.bars.map(inChinese),
      dashes: named.dashes.map(inChinese),
    };
  }
  return named;
}

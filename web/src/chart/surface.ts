/** What a canvas takes from the stylesheet: its font and the colours that are not data. */

import type { Theme } from '../data/types';
import type { Inks } from './frame';
import type { Measure } from './ticks';

const FONT_PX = 12;

/** `theme` is not read, but a change of it is why this must be asked again. */
export function inksOf(element: Element, _theme: Theme): Inks {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: read('--ink'),
    soft: read('--ink-2'),
    grid: read('--grid'),
    axis: read('--axis'),
    ground: read('--card'),
    accent: read('--accent'),
  };
}

const measuring = document.createElement('canvas').getContext('2d')!;
const widths = new Map<string, number>();

export function measureWith(element: Element): { font: string; measure: Measure } {
  const font = `${FONT_PX}px ${getComputedStyle(element).fontFamily}`;
  const measure = (text: string) => {
    const key = `${font}|${text}`;
    let width = widths.get(key);
    if (width === undefined) {
      measuring.font = font;
      width = measuring.measureText(text).width;
      widths.set(key, width);
    }
    return width;
  };
  return { font, measure };
}

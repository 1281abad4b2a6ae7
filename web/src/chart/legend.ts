/** What the legend of a panel lists, and what is hidden by switching its entries off. */

import type { CartesianMark, ColorScale, Panel, Theme } from '../data/types';
import { spectrogramOf } from '../marks/cartesian/wave';
import { categoricalColor, toneColor } from '../state/colors';

export interface SeriesEntry {
  type: 'series';
  key: string;
  label: string;
  shape: 'line' | 'dash' | 'dot' | 'disc' | 'square';
  color: string;
  /** Drawn pale, as the raw values behind a smoothed curve are. */
  faint: boolean;
}

export interface BandEntry {
  type: 'band';
  key: string;
  label: string;
  color: string;
}

export interface ScaleEntry {
  type: 'scale';
  key: string;
  label: string;
  scale: ColorScale;
}

export type LegendEntry = SeriesEntry | BandEntry | ScaleEntry;

export function legendOf(panel: Panel, theme: Theme): LegendEntry[] {
  const found = new Map<string, LegendEntry>();
  for (const mark of panel.marks as readonly CartesianMark[]) {
    for (const entry of entriesOf(mark, theme)) {
      const before = found.get(entry.key);
      if (!before || (before.type === 'series' && before.faint)) found.set(entry.key, entry);
    }
  }
  const entries = [...found.values()];
  const order = { series: 0, band: 1, scale: 2 };
  return entries.sort((a, b) => order[a.type] - order[b.type]);
}

function entriesOf(mark: CartesianMark, theme: Theme): LegendEntry[] {
  switch (mark.type) {
    case 'line': {
      const color = toneColor(mark.tone, theme);
      const shape = mark.dash === 'solid' ? 'line' : mark.dash;
      const band: LegendEntry[] = mark.band_label
        ? [{ type: 'band', key: `band:${mark.band_label}`, label: mark.band_label, color }]
        : [];
      return [...series(mark.label, shape, color, mark.faint), ...band];
    }
    case 'points':
      if (mark.color?.type === 'continuous') {
        return [...series(mark.label, 'disc', toneColor(mark.tone, theme)), bar(mark.color.scale)];
      }
      if (mark.color?.type === 'categories') {
        return mark.color.names.map((name, i) => ({
          type: 'series',
          key: classKey(name),
          label: name,
          shape: 'disc',
          color: categoricalColor(i, theme),
          faint: false,
        }));
      }
      return series(mark.label, 'disc', toneColor(mark.tone, theme));
    case 'bars':
      return series(mark.label, 'square', toneColor(mark.tone, theme));
    case 'matrix':
      return [bar(mark.color, mark.label)];
    case 'wave': {
      const spectrogram = spectrogramOf(mark);
      return [
        ...series(mark.label, 'line', toneColor(0, theme)),
        ...(spectrogram ? [bar(spectrogram.color)] : []),
      ];
    }
  }
}

function series(
  label: string,
  shape: SeriesEntry['shape'],
  color: string,
  faint = false,
): SeriesEntry[] {
  return label ? [{ type: 'series', key: markKey(label), label, shape, color, faint }] : [];
}

function bar(scale: ColorScale, fallback = ''): ScaleEntry {
  const name = scale.label || fallback;
  const label = scale.unit ? `${name} (${scale.unit})` : name;
  return { type: 'scale', key: `scale:${label}:${scale.kind}:${scale.low}:${scale.high}`, label, scale };
}

function markKey(label: string): string {
  return `mark:${label}`;
}

function classKey(name: string): string {
  return `class:${name}`;
}

export type Hidden = ReadonlySet<string>;

/** More than fits into an address is not kept. */
const LONGEST = 2000;

/** What is switched off, as a text for the address. */
export function hiddenToText(hidden: Hidden): string {
  const text = [...hidden].map((key) => key.replace(/[%/]/g, encodeURIComponent)).join('/');
  return text.length > LONGEST ? '' : text;
}

export function hiddenFromText(text: string): Set<string> {
  return new Set(text ? text.split('/').map((key) => key.replace(/%(25|2F)/g, decodeURIComponent)) : []);
}

export function isHidden(mark: CartesianMark, hidden: Hidden): boolean {
  return mark.label !== '' && hidden.has(markKey(mark.label));
}

const NONE: ReadonlySet<number> = new Set();

/** Codes of the classes of a scatter that are switched off. */
export function hiddenClasses(mark: CartesianMark, hidden: Hidden): ReadonlySet<number> {
  if (mark.type !== 'points' || mark.color?.type !== 'categories' || !hidden.size) return NONE;
  const codes = mark.color.names.flatMap((name, i) => (hidden.has(classKey(name)) ? [i] : []));
  return codes.length ? new Set(codes) : NONE;
}

/** Switch one series on or off. */
export function toggled(hidden: Hidden, key: string): Set<string> {
  const next = new Set(hidden);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Show one series alone; or all again, if it is alone already. */
export function isolated(hidden: Hidden, key: string, entries: readonly LegendEntry[]): Set<string> {
  const others = entries.filter((entry) => entry.type === 'series' && entry.key !== key);
  const alone = !hidden.has(key) && others.every((entry) => hidden.has(entry.key));
  return new Set(alone ? [] : others.map((entry) => entry.key));
}

/** What the columns of the run table are, and how their cells are written and compared. */

import { formatValue } from '../chart/format';
import { lazily } from '../words/lazily';
import type { Row, Setting } from './types';

export type CellValue = number | string | boolean | null;

export interface Column {
  key: string;
  /** What the header says; settings and metrics go by their own names. */
  kind: 'name' | 'status' | 'tags' | 'created' | 'updated' | 'step' | 'setting' | 'metric';
  label: string;
  number: boolean;
  value(row: Row): CellValue;
}

const collator = lazily(() => new Intl.Collator('en', { numeric: true }));

/** Settings and metrics shown without being asked for. */
const SHOWN_SETTINGS = 5;
const SHOWN_METRICS = 6;

/** All columns these runs can fill: metrics, the most telling first, and settings by their names. */
export function columnsOf(rows: readonly Row[], label: (kind: Column['kind']) => string): Column[] {
  const fixed = (kind: Column['kind'], value: Column['value'], number = false): Column => ({
    key: kind,
    kind,
    label: label(kind),
    number,
    value,
  });
  return [
    fixed('name', (row) => row.name),
    fixed('status', (row) => row.status),
    fixed('tags', (row) => row.tags.join(', ')),
    fixed('created', (row) => row.created),
    fixed('updated', (row) => row.updated),
    fixed('step', (row) => row.last_step, true),
    ...keysOf(rows, (row) => row.last)
      .sort((one, other) => importance(other) - importance(one))
      .map((key) => metricColumn(key)),
    ...keysOf(rows, (row) => row.config).map((key) => settingColumn(rows, key)),
  ];
}

function keysOf(rows: readonly Row[], held: (row: Row) => Readonly<Record<string, unknown>>): string[] {
  const keys = new Set<string>();
  for (const row of rows) for (const key in held(row)) keys.add(key);
  return [...keys].sort(collator().compare);
}

function settingColumn(rows: readonly Row[], key: string): Column {
  const number = rows.every((row) => !(key in row.config) || typeof row.config[key] === 'number');
  return { key: `config:${key}`, kind: 'setting', label: key, number, value: (row) => row.config[key] ?? null };
}

function metricColumn(key: string): Column {
  return { key: `last:${key}`, kind: 'metric', label: key, number: true, value: (row) => row.last[key] ?? null };
}

/** What is shown first: the settings in which the runs differ, and the metrics people look for. */
export function defaultColumns(rows: readonly Row[], columns: readonly Column[]): string[] {
  const settings = columns.filter((column) => column.kind === 'setting');
  const differing = settings.filter((column) => differs(rows, column));
  const chosen = (differing.length ? differing : settings).slice(0, SHOWN_SETTINGS);
  const metrics = columns.filter((column) => column.kind === 'metric');
  const named = new Set([...metrics.slice(0, SHOWN_METRICS), ...chosen]);
  const fixed = new Set(['name', 'status', 'created', 'step']);
  if (rows.some((row) => row.tags.length)) fixed.add('tags');
  return columns.filter((column) => fixed.has(column.key) || named.has(column)).map(({ key }) => key);
}

function differs(rows: readonly Row[], column: Column): boolean {
  const [first] = rows;
  return first !== undefined && rows.some((row) => column.value(row) !== column.value(first));
}

/** Losses and scores first, those on held-out data before all; statistics of layers last. */
export function importance(metric: string): number {
  const name = metric.toLowerCase();
  let points = 0;
  if (/loss|acc|f1|auc|error|perplexity|reward|bleu|wer|iou|\bmap\b/.test(name)) points += 4;
  if (/^(val|valid|validation|test|eval)|[/_](val|test|eval)/.test(name)) points += 2;
  if (/^(batch|system|gradient|weight|activation|update|time)/.test(name)) points -= 6;
  return points - name.split('/').length / 10;
}

export function writeCell(value: CellValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return formatValue(value);
  return String(value);
}

export interface Sorting {
  key: string;
  descending: boolean;
}

/** Rows by a column; those without a value stay at the end, whichever the direction. */
export function sorted(rows: readonly Row[], column: Column, descending: boolean): Row[] {
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row) => ({ row, value: column.value(row) }));
  keyed.sort((one, other) => {
    const missing = Number(isMissing(one.value)) - Number(isMissing(other.value));
    if (missing || isMissing(one.value)) return missing;
    return sign * compared(one.value, other.value);
  });
  return keyed.map(({ row }) => row);
}

function isMissing(value: CellValue): boolean {
  return value === null || value === '' || (typeof value === 'number' && Number.isNaN(value));
}

function compared(one: CellValue, other: CellValue): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return collator().compare(String(one), String(other));
}

/** A setting or metric of a run by its name, as it may be searched for. */
export function valueNamed(row: Row, name: string): Setting | undefined {
  if (name in row.config) return row.config[name];
  if (name in row.last) return row.last[name];
  const ending = Object.keys(row.config).find((key) => key.endsWith(`.${name}`));
  if (ending !== undefined) return row.config[ending];
  if (name === 'step') return row.last_step;
  return undefined;
}

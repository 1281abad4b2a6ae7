/** Searching the run table: words, `tag:`, `status:`, and comparisons such as `lr<0.01`. */

import { valueNamed } from './columns';
import type { Row } from './types';

type Test = (row: Row) => boolean;

const COMPARISON = /^([^<>=!:"]+)(<=|>=|!=|=|<|>)(.+)$/;

/** A test of rows; every term must hold, and a term after a minus must not. */
export function parseQuery(text: string): Test {
  const tests = termsOf(text.trim()).map(testOf);
  return (row) => tests.every((test) => test(row));
}

/** Words are split at spaces, except inside quotes. */
export function termsOf(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"]+|"[^"]*"?)+/g)].map(([term]) => term.replaceAll('"', ''));
}

function testOf(term: string): Test {
  if (term.length > 1 && term.startsWith('-')) {
    const test = testOf(term.slice(1));
    return (row) => !test(row);
  }
  const named = /^(tag|status|kind|name):(.*)$/i.exec(term);
  if (named) return namedTest(named[1]!.toLowerCase(), named[2]!.toLowerCase());
  const comparison = COMPARISON.exec(term);
  if (comparison) return comparisonTest(comparison[1]!, comparison[2]!, comparison[3]!);
  const word = term.toLowerCase();
  return (row) => textOf(row).includes(word);
}

function namedTest(name: string, wanted: string): Test {
  switch (name) {
    case 'tag':
      return (row) => row.tags.some((tag) => tag.toLowerCase() === wanted);
    case 'status':
      return (row) => row.status === (wanted === 'live' ? 'running' : wanted);
    case 'kind':
      return (row) => row.kind.toLowerCase() === wanted;
    default:
      return (row) => row.name.toLowerCase().includes(wanted);
  }
}

function comparisonTest(name: string, sign: string, wanted: string): Test {
  const number = wanted.trim() === '' ? NaN : Number(wanted);
  return (row) => {
    const value = valueNamed(row, name);
    if (value === undefined || value === null) return false;
    if (sign === '=') return typeof value === 'number' ? value === number : same(value, wanted);
    if (sign === '!=') return typeof value === 'number' ? value !== number : !same(value, wanted);
    if (typeof value !== 'number') return false;
    if (sign === '<') return value < number;
    if (sign === '<=') return value <= number;
    return sign === '>' ? value > number : value >= number;
  };
}

function same(value: string | number | boolean, wanted: string): boolean {
  return String(value).toLowerCase() === wanted.toLowerCase();
}

const texts = new WeakMap<Row, string>();

/** Everything of a row a word may be found in. */
function textOf(row: Row): string {
  let text = texts.get(row);
  if (text === undefined) {
    const settings = Object.entries(row.config).map(([key, value]) => `${key}=${value}`);
    text = [row.name, row.path, row.kind, ...row.tags, row.note ?? '', ...settings].join('\n').toLowerCase();
    texts.set(row, text);
  }
  return text;
}

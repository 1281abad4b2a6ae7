/** The selection as text for the address: `sample:3-7.12,class:~cat`. */

import type { Id } from '../state/selection.svelte';

/** Longer texts stay out of the address. */
export const LONGEST = 60_000;
/** Nor are larger selections written at all: it would take longer than selecting them. */
export const MOST_IDS = 20_000;

export function selectionToText(entries: Iterable<readonly [kind: string, ids: ReadonlySet<Id>]>): string {
  return [...entries].map(([kind, ids]) => `${escape(kind)}:${idsToText(ids)}`).join(',');
}

export function selectionFromText(text: string): [kind: string, ids: Id[]][] {
  return text
    .split(',')
    .filter((part) => part.includes(':'))
    .map((part) => {
      const [kind, ids] = part.split(':', 2) as [string, string];
      return [unescape(kind), ids.split('.').filter(Boolean).flatMap(idsFromPart)];
    });
}

/** Whole numbers become ranges; texts begin with a tilde. */
export function idsToText(ids: ReadonlySet<Id>): string {
  const numbers = [...ids].filter((id): id is number => typeof id === 'number').sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let end = i;
    while (end + 1 < numbers.length && numbers[end + 1] === numbers[end]! + 1) end++;
    parts.push(end === i ? `${numbers[i]}` : `${numbers[i]}-${numbers[end]}`);
    i = end + 1;
  }
  for (const id of ids) if (typeof id === 'string') parts.push(`~${escape(id)}`);
  return parts.join('.');
}

function idsFromPart(part: string): Id[] {
  if (part.startsWith('~')) return [unescape(part.slice(1))];
  const range = /^(\d+)-(\d+)$/.exec(part);
  if (!range) return Number.isFinite(Number(part)) ? [Number(part)] : [];
  const [first, last] = [Number(range[1]), Number(range[2])];
  if (last < first || last - first > 1e7) return [];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** The signs this text is made of must not occur in names. */
function escape(text: string): string {
  return text.replace(/[%,:.~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function unescape(text: string): string {
  return text.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

/** Looking for samples of a map: by their ids, their texts, or the class they are coloured by. */

import type { Points, Points3D } from '../../data/types';
import type { Id } from '../../state/selection.svelte';

export type Field = 'id' | 'text' | 'class';

/** By what the samples of a map can be found. */
export function fieldsOf(mark: Points | Points3D): Field[] {
  return [
    ...(mark.ids ? (['id'] as const) : []),
    ...(mark.text ? (['text'] as const) : []),
    ...(mark.color?.type === 'categories' ? (['class'] as const) : []),
  ];
}

/** Ids must be whole, with commas or spaces between several; a part of a text or of a class will do. */
export function findSamples(mark: Points | Points3D, field: Field, asked: string): Id[] {
  const ids = mark.ids!.values.data as ArrayLike<Id>;
  const isFound = matcher(mark, field, asked.trim().toLowerCase());
  const found: Id[] = [];
  for (let i = 0; i < ids.length; i++) if (isFound(i)) found.push(ids[i]!);
  return found;
}

function matcher(mark: Points | Points3D, field: Field, asked: string): (i: number) => boolean {
  const { ids, text, color } = mark;
  if (!asked) return () => false;
  if (field === 'id') {
    const wanted = new Set(asked.split(/[\s,]+/));
    return (i) => wanted.has(String(ids!.values.data[i]).toLowerCase());
  }
  if (field === 'text' && text) return (i) => text[i]!.toLowerCase().includes(asked);
  if (field !== 'class' || color?.type !== 'categories') return () => false;
  const names = color.names.map((name) => name.toLowerCase());
  // Who asks for class 1 does not mean class 10.
  const codes = names.includes(asked)
    ? [names.indexOf(asked)]
    : names.flatMap((name, code) => (name.includes(asked) ? [code] : []));
  const wanted = new Set(codes);
  return (i) => wanted.has(color.codes.data[i]!);
}

/** What a reader chose of the samples of a view, as the question for the server. */

import { controls } from '../state/controls.svelte';
import { selection } from '../state/selection.svelte';
import { idsToText, MOST_IDS } from './selectionText';

/** Longer lists of samples are no address. */
const LONGEST = 30_000;
/** So many are always held, and beyond them so many more at a time. */
const FIRST = 120;
const BATCH = 400;

/**
 * JSON of all that was set; empty if nothing was.
 *
 * @param view Whose controls: of the panel that is gone through.
 * @param drawn How many are drawn before anybody asks for more.
 */
export function choiceOf(view: string, drawn: number): string {
  const own = controls.of(view);
  const only = [...own].flatMap(([name, value]) => (name.startsWith('only ') ? [[name.slice(5), value] as const] : []));
  const count = drawn + (Number(own.get('more')) || 0);
  const asked = {
    ...(own.has('order') && { order: own.get('order') }),
    ...(own.has('reversed') && { reversed: true }),
    ...(only.length && { only: Object.fromEntries(only.sort()) }),
    ...(own.has('find') && { find: own.get('find') }),
    ...(own.has('column') && { column: Number(own.get('column')), descending: own.has('descending') }),
    ...(own.has('selected') && samples()),
    ...(count > FIRST && { count: BATCH * Math.ceil(count / BATCH) }),
  };
  return Object.keys(asked).length ? JSON.stringify(asked) : '';
}

/** Those that are selected, unless there are too many to be asked for. */
function samples(): { samples: string } | undefined {
  const chosen = selection.get('sample');
  const text = chosen?.size && chosen.size <= MOST_IDS ? idsToText(chosen) : '';
  return text && text.length <= LONGEST ? { samples: text } : undefined;
}

/** What a reader asks of all elements of a view, where there is somebody to ask. */

import { getContext, setContext } from 'svelte';

const ASKING = Symbol('asking');

/** Say what is asked of the view whose components are below; what is answered names it again. */
export function askHere(question: () => string): void {
  setContext(ASKING, question);
}

/** The question of this view; null where nobody answers. */
export function questionHere(): () => string | null {
  return getContext<(() => string) | undefined>(ASKING) ?? (() => null);
}

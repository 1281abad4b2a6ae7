/** One thing in two places: as it is here, and as a text elsewhere, such as in the address. */

import { untrack } from 'svelte';
import { controlsHere } from './controls.svelte';

/** The address is not written anew with every move of a pointer. */
const REST_MS = 200;

/**
 * Take over what changes there at once, and write what changes here when it rests.
 *
 * @param there The text elsewhere; empty for nothing.
 * @param take Called with it when it is another than was known.
 * @param here What is here, as such a text.
 */
export function keepInStep(
  there: () => string,
  take: (text: string) => void,
  here: () => string,
  write: (text: string) => void,
): void {
  let known = '';
  const look = () => {
    const text = there();
    if (text !== known) untrack(() => take((known = text)));
  };
  // Before anything is drawn.
  untrack(look);
  $effect.pre(look);
  $effect(() => {
    const text = here();
    const timer = setTimeout(() => {
      if (text !== known) write((known = text));
    }, REST_MS);
    return () => clearTimeout(timer);
  });
}

/** The same with a control of the view that a component belongs to. */
export function keepAsControl(name: string, take: (text: string) => void, here: () => string): void {
  const controls = controlsHere();
  keepInStep(
    () => controls.get(name) ?? '',
    take,
    here,
    (text) => controls.set(name, text || null),
  );
}

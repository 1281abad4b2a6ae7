/** Keys that move the step cursor, wherever nothing else takes them. */

import { cursor } from '../state/cursor.svelte';

/** Things that have arrow keys of their own. */
const OWN = 'canvas, input, textarea, select, [role=grid], [role=listbox], [role=menu], [role=region], g';

export function stepKey(event: KeyboardEvent): void {
  if (cursor.steps.length < 2 || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target instanceof Element && event.target.closest(OWN)) return;
  if (event.key === 'ArrowLeft') cursor.go(cursor.index - 1);
  else if (event.key === 'ArrowRight') cursor.go(cursor.index + 1);
  else if (event.key === 'Home') cursor.go(0);
  else if (event.key === 'End') cursor.go(cursor.steps.length - 1);
  else if (event.key === ' ' && event.target === document.body) cursor.playing = !cursor.playing;
  else return;
  event.preventDefault();
}

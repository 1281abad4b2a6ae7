/** Escape empties a search field, then leaves it; anywhere else it clears the selection. */

import { selection } from '../state/selection.svelte';
import { isTyping } from './typing';

export function escapeKey(event: KeyboardEvent): void {
  if (event.key !== 'Escape') return;
  if (!isTyping(event)) return selection.clear();
  const field = event.target as HTMLInputElement;
  if (field.type !== 'search' || !field.value) return field.blur();
  // Some browsers do this themselves.
  event.preventDefault();
  field.value = '';
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

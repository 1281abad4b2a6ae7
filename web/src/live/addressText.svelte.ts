/** A text that is typed, and that the address keeps. */

import { keepInStep } from '../state/inStep.svelte';
import { route } from './route.svelte';

/** It belongs to the component that makes it. */
export class AddressText {
  typed = $state('');

  /** `name` is what it is called in the address. */
  constructor(name: string) {
    keepInStep(
      () => route.query[name] ?? '',
      (text) => (this.typed = text),
      () => this.typed,
      (text) => route.set({ [name]: text }),
    );
  }
}

/** Whether a text holds every word that was typed. */
export function holdsWords(typed: string): (text: string) => boolean {
  const parts = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return (text) => {
    const lower = text.toLowerCase();
    return parts.every((part) => lower.includes(part));
  };
}

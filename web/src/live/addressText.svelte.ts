/** A text that is typed, and that the address keeps. */

import { route } from './route.svelte';

const REST_MS = 200;

/** It belongs to the component that makes it. */
export class AddressText {
  typed = $state('');

  /** `name` is what it is called in the address. */
  constructor(name: string) {
    let written = (this.typed = route.query[name] ?? '');
    $effect(() => {
      const asked = route.query[name] ?? '';
      if (asked !== written) this.typed = written = asked;
    });
    $effect(() => {
      const text = this.typed;
      const timer = setTimeout(() => {
        written = text;
        route.set({ [name]: text });
      }, REST_MS);
      return () => clearTimeout(timer);
    });
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

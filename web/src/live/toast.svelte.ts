/** One short message at the bottom of the page, with a way back where there is one. */

import { reasonOf } from '../data/reason';

export interface Message {
  text: string;
  tone: 'info' | 'error';
  undo?: () => void;
}

const SHOWN_MS = 8000;

class Toast {
  message = $state.raw<Message | null>(null);
  #timer: ReturnType<typeof setTimeout> | null = null;

  show(text: string, undo?: () => void): void {
    this.#say({ text, tone: 'info', ...(undo && { undo }) });
  }

  fail(error: unknown): void {
    this.#say({ text: reasonOf(error), tone: 'error' });
  }

  hide(): void {
    this.message = null;
  }

  /** While it is pointed at, or has the focus, it stays. */
  hold(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  release(): void {
    if (this.message) this.#say(this.message);
  }

  #say(message: Message): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.message = message;
    // What went wrong stays until it was read.
    if (message.tone === 'info') this.#timer = setTimeout(() => (this.message = null), SHOWN_MS);
  }
}

export const toast = new Toast();

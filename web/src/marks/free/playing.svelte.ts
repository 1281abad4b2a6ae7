/** Playing the sounds that tiles are pictures of, one at a time. */

import { untrack } from 'svelte';
import { reasonOf } from '../../data/reason';
import type { Tiles } from '../../data/types';
import { language } from '../../words/language.svelte';
import { wavOfTile } from '../wav';

export class Playing {
  /** The tile whose sound is heard. */
  index = $state<number | null>(null);
  failure = $state('');
  #mark: () => Tiles;
  #audio: HTMLAudioElement | null = null;

  constructor(mark: () => Tiles) {
    this.#mark = mark;
    // Other tiles are other sounds; so is none.
    $effect(() => {
      void mark();
      return () => untrack(() => this.stop());
    });
  }

  async toggle(index: number): Promise<void> {
    const again = this.index === index;
    this.stop();
    if (again) return;
    const url = URL.createObjectURL(wavOfTile(this.#mark(), index));
    const audio = new Audio(url);
    this.#audio = audio;
    this.index = index;
    this.failure = '';
    audio.onended = () => this.#audio === audio && this.stop();
    try {
      await audio.play();
    } catch (error) {
      if (this.#audio !== audio) return; // another one is heard
      this.stop();
      this.failure = language.words.cannotPlay(reasonOf(error));
    }
  }

  stop(): void {
    const url = this.#audio?.src;
    this.#audio?.pause();
    // Chromium may still be about to load what was just begun.
    if (url) setTimeout(() => URL.revokeObjectURL(url), 10_000);
    this.#audio = null;
    this.index = null;
  }
}

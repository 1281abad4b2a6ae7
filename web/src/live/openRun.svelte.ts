/** A run that is open: what it can show now. */

import { reasonOf } from '../data/reason';
import * as api from './api';
import type { RunDocument } from './types';

const LEAST_MS = 250;

export class OpenRun {
  readonly id: string;
  document = $state.raw<RunDocument | null>(null);
  fault = $state('');
  /** The server knows no such run: it was moved or deleted. */
  gone = $state(false);
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #asking = false;
  #again = false;

  constructor(id: string) {
    this.id = id;
  }

  /** Ask what the run holds; entries that did not change keep their version. */
  async load(): Promise<void> {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    this.#asked = Date.now();
    try {
      this.document = await api.run(this.id);
      this.fault = '';
      this.gone = false;
    } catch (error) {
      this.fault = reasonOf(error);
      this.gone = error instanceof api.ApiError && error.status === 404;
    }
    this.#asking = false;
    if (this.#again) {
      this.#again = false;
      this.refresh();
    }
  }

  refresh(): void {
    if (this.#timer) return;
    const wait = Math.max(0, this.#asked + LEAST_MS - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.load();
    }, wait);
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }
}

/** All runs of the folder, as the run table shows them. */

import * as api from './api';
import type { Row } from './types';

/** However fast runs change, the table is asked for at most this often. */
const LEAST_MS = 700;

class RunListState {
  rows = $state.raw<readonly Row[]>([]);
  root = $state('');
  readOnly = $state(false);
  loaded = $state(false);
  fault = $state('');
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #byId = $derived(new Map(this.rows.map((row) => [row.id, row])));

  get(id: string): Row | undefined {
    return this.#byId.get(id);
  }

  async load(): Promise<void> {
    this.#asked = Date.now();
    try {
      const answer = await api.runs();
      this.rows = answer.runs;
      this.root = answer.root;
      this.readOnly = answer.read_only ?? false;
      this.loaded = true;
      this.fault = '';
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
    }
  }

  /** Something changed: ask again, soon. */
  refresh(): void {
    if (this.#timer) return;
    const wait = Math.max(0, this.#asked + LEAST_MS - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.load();
    }, wait);
  }

  /** Show a change at once; the server's answer follows. */
  patch(id: string, changes: Partial<Row>): void {
    this.rows = this.rows.map((row) => (row.id === id ? { ...row, ...changes } : row));
  }

  drop(id: string): void {
    this.rows = this.rows.filter((row) => row.id !== id);
  }
}

export const runList = new RunListState();

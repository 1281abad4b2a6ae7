/** All runs of the folder, as the run table shows them. */

import { reasonOf } from '../data/reason';
import * as api from './api';
import { connection } from './connection.svelte';
import type { Row, RunList } from './types';

/** However fast runs change, the table is asked for at most this often. */
const LEAST_MS = 700;

class RunListState {
  rows = $state.raw<readonly Row[]>([]);
  root = $state('');
  readOnly = $state(false);
  hasTrash = $state(false);
  loaded = $state(false);
  fault = $state('');
  /** Runs the server has not read yet. */
  pending = $state(0);
  #begun: Promise<void> | null = null;
  #version = 0;
  #asked = 0;
  /** How many answers were asked for, and the latest of them that came. */
  #asks = 0;
  #taken = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #byId = $derived(new Map(this.rows.map((row) => [row.id, row])));

  get(id: string): Row | undefined {
    return this.#byId.get(id);
  }

  /** Ask for the list when the page begins. */
  begin(): Promise<void> {
    return (this.#begun ??= this.load());
  }

  /** Ask for what changed; `whole` also for what did not: after a change that was refused. */
  async load(whole = false): Promise<void> {
    this.#asked = Date.now();
    const own = (this.#asks += 1);
    const since = whole ? 0 : this.#version;
    try {
      const answer = await api.runs(since);
      // One that was asked for later came first, and holds what this one does.
      if (own < this.#taken) return;
      this.#taken = own;
      this.rows = since ? merged(this.rows, answer) : answer.runs;
      this.#version = answer.version;
      connection.seen(answer.version);
      this.pending = answer.pending ?? 0;
      this.root = answer.root;
      this.readOnly = answer.read_only ?? false;
      this.hasTrash = answer.has_trash ?? false;
      this.loaded = true;
      this.fault = '';
    } catch (error) {
      if (own > this.#taken) this.fault = reasonOf(error);
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

/** Rows that changed take the place of what they were; new ones come last. */
export function merged(rows: readonly Row[], { runs, gone = [] }: RunList): readonly Row[] {
  if (!runs.length && !gone.length) return rows;
  const changed = new Map(runs.map((row) => [row.id, row]));
  const without = new Set(gone.filter((id) => !changed.has(id)));
  const kept = rows.filter((row) => !without.has(row.id)).map((row) => changed.get(row.id) ?? row);
  const known = new Set(kept.map((row) => row.id));
  return [...kept, ...runs.filter((row) => !known.has(row.id))];
}

export const runList = new RunListState();

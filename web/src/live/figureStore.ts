/** Figures that were fetched, kept while there is room; each is asked for once at a time. */

import type { Figure } from '../data/types';
import * as api from './api';

const KEPT_BYTES = 256 * 2 ** 20;

interface Held {
  figure: Figure;
  version: number;
  bytes: number;
}

export interface Wanted {
  run: string;
  entry: string;
  /** Null for a picture of the whole run. */
  step: number | null;
  /** Of the entry: a figure of an older version is asked for again. */
  version: number;
  /** What the reader asks of its samples, as `choiceOf` writes it. */
  choice?: string;
}

type Fetch = (run: string, entry: string, step: number | null, choice: string) => Promise<Figure>;

export class FigureStore {
  #held = new Map<string, Held>();
  #loading = new Map<string, Promise<Figure>>();
  #total = 0;
  #fetch: Fetch;

  constructor(fetch: Fetch = api.figure) {
    this.#fetch = fetch;
  }

  /** The figure, if it is here already. */
  peek(wanted: Wanted): Figure | null {
    const held = this.#held.get(keyOf(wanted));
    return held && held.version >= wanted.version ? held.figure : null;
  }

  async load(wanted: Wanted): Promise<Figure> {
    const here = this.peek(wanted);
    if (here) {
      this.#touch(keyOf(wanted));
      return here;
    }
    const key = `${keyOf(wanted)} ${wanted.version}`;
    const loading = this.#loading.get(key) ?? this.#ask(wanted, key);
    return loading;
  }

  #ask(wanted: Wanted, key: string): Promise<Figure> {
    const asked = this.#fetch(wanted.run, wanted.entry, wanted.step, wanted.choice ?? '')
      .then((figure) => {
        this.#keep(keyOf(wanted), { figure, version: wanted.version, bytes: bytesOf(figure) });
        return figure;
      })
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, asked);
    return asked;
  }

  #keep(key: string, held: Held): void {
    this.#drop(key);
    this.#held.set(key, held);
    this.#total += held.bytes;
    for (const oldest of this.#held.keys()) {
      if (this.#total <= KEPT_BYTES || oldest === key) break;
      this.#drop(oldest);
    }
  }

  #touch(key: string): void {
    const held = this.#held.get(key)!;
    this.#held.delete(key);
    this.#held.set(key, held);
  }

  #drop(key: string): void {
    this.#total -= this.#held.get(key)?.bytes ?? 0;
    this.#held.delete(key);
  }
}

function keyOf({ run, entry, step, choice }: Wanted): string {
  return `${run} ${entry} ${step ?? ''} ${choice ?? ''}`;
}

/** Bytes of all arrays in a figure. */
export function bytesOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  // Of long lists of texts the first tells what the others are like.
  if (Array.isArray(value) && typeof value[0] === 'string') return 2 * value[0].length * value.length;
  const held = value instanceof Map ? [...value.values()] : Object.values(value);
  return held.reduce((sum: number, one) => sum + bytesOf(one), 0);
}

export const figures = new FigureStore();

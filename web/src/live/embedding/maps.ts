/** Asking the server for maps of feature vectors, which may take it minutes. */

import type { Figure } from '../../data/types';
import type { Id } from '../../state/selection.svelte';
import { savedCopy } from '../../state/savedCopy';
import { ApiError, envelope, ask } from '../api';
import type { HeldMap } from './choices';
import type { Colors, Pictures } from './looks';
import { heldNear, nearIn, type HeldNear, type Near } from './near';

/** How far a map is; nothing is known while it waits for its turn. */
export interface Progress {
  step?: number;
  number?: number;
  count?: number;
  share?: number;
}

export interface MapOptions {
  methods: readonly string[];
  colors: readonly string[];
  metrics: readonly string[];
  samples: number;
  features: number;
  /** Those a saved copy of the page holds: it can compute no others. */
  maps?: readonly HeldMap[];
  /** How many it had no room for, and how large they are. */
  left_out?: number;
  left_out_bytes?: number;
  /** The steps whose neighbours it holds, and how large those of the others are. */
  neighbours?: readonly number[];
  neighbours_left_out_bytes?: number;
}

function path(kind: 'maps' | 'neighbours', run: string, entry: string): string {
  return `/api/runs/${encodeURIComponent(run)}/${kind}/${encodeURIComponent(entry)}`;
}

export async function mapOptions(run: string, entry: string, step: number | null): Promise<MapOptions> {
  const query = step === null || savedCopy ? '' : `?step=${step}`;
  return (await (await ask(`${path('maps', run, entry)}/options${query}`)).json()) as MapOptions;
}

/** The colours of all samples at a step, by every column. */
export async function loadColors(run: string, entry: string, step: number | null): Promise<Colors> {
  const query = step === null ? '' : `?step=${step}`;
  return (await envelope(`${path('maps', run, entry)}/colors${query}`)) as unknown as Colors;
}

export async function loadPictures(run: string, entry: string): Promise<Pictures> {
  return (await envelope(`${path('maps', run, entry)}/pictures`)) as unknown as Pictures;
}

/** Wait for a map, and fetch it. Aborting takes back the wish: the server stops if nobody else waits. */
export async function loadMap(
  run: string,
  entry: string,
  query: string,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<Figure> {
  const address = path('maps', run, entry);
  if (savedCopy) return (await envelope(`${address}?${query}`)).content as Figure;
  await computed(`${address}/progress?${query}`, signal, onProgress);
  signal.throwIfAborted();
  // How samples look is asked for once, not again with every map.
  return (await envelope(`${address}?${query}&color=&thumbnails=0`)).content as Figure;
}

function computed(address: string, signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const source = new EventSource(address);
    const end = (act: () => void) => {
      source.close();
      act();
    };
    signal.addEventListener('abort', () => end(() => reject(signal.reason as Error)), { once: true });
    source.addEventListener('progress', (event) => onProgress(JSON.parse(event.data as string) as Progress));
    source.addEventListener('ready', () => end(resolve));
    source.addEventListener('failed', (event) => {
      const { error } = JSON.parse(event.data as string) as { error: string };
      end(() => reject(new ApiError(500, error)));
    });
    // Refused before it began: the request itself says why.
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) end(resolve);
    });
  });
}

export interface NeighboursOf {
  step: number | null;
  sample: Id;
  metric: string;
  count: number;
}

/** The samples nearest to one, that one first. */
export async function loadNeighbours(run: string, entry: string, options: NeighboursOf): Promise<Near> {
  if (savedCopy) return heldNeighbours(run, entry, options);
  const query = new URLSearchParams({
    ...(options.step !== null && { step: String(options.step) }),
    sample: String(options.sample),
    metric: options.metric,
    count: String(options.count),
  });
  return nearIn((await envelope(`${path('neighbours', run, entry)}?${query}`)).content as Figure);
}

/** A saved copy holds the neighbours of every sample, and pictures of all. */
async function heldNeighbours(run: string, entry: string, { step, sample, metric }: NeighboursOf): Promise<Near> {
  const [held, pictures] = await Promise.all([
    envelope(`${path('neighbours', run, entry)}?step=${step}`),
    loadPictures(run, entry),
  ]);
  return heldNear(held as unknown as HeldNear, pictures, sample, metric);
}

const KEPT = 60;

/** What was fetched for maps, the latest used. */
export class Latest<T> {
  #held = new Map<string, T>();

  get(key: string): T | null {
    const found = this.#held.get(key);
    if (found === undefined) return null;
    this.#held.delete(key);
    this.#held.set(key, found);
    return found;
  }

  keep(key: string, found: T): void {
    this.#held.set(key, found);
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= KEPT) break;
      this.#held.delete(oldest);
    }
  }
}

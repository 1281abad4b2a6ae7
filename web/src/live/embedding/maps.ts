/** Asking the server for maps of feature vectors, which may take it minutes. */

import type { Figure } from '../../data/types';
import { ApiError, envelope, ask } from '../api';

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
}

function path(kind: 'maps' | 'neighbours', run: string, entry: string): string {
  return `/api/runs/${encodeURIComponent(run)}/${kind}/${encodeURIComponent(entry)}`;
}

export async function mapOptions(run: string, entry: string, step: number | null): Promise<MapOptions> {
  const query = step === null ? '' : `?step=${step}`;
  return (await (await ask(`${path('maps', run, entry)}/options${query}`)).json()) as MapOptions;
}

/** Wait for a map, and fetch it. Aborting takes back the wish: the server stops if nobody else waits. */
export async function loadMap(
  run: string,
  entry: string,
  query: string,
  color: string,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<Figure> {
  await computed(`${path('maps', run, entry)}/progress?${query}`, signal, onProgress);
  signal.throwIfAborted();
  const found = await envelope(`${path('maps', run, entry)}?${query}&color=${encodeURIComponent(color)}`);
  return found.content as Figure;
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

export async function loadNeighbours(
  run: string,
  entry: string,
  options: { step: number | null; sample: number | string; metric: string; count: number },
): Promise<Figure> {
  const query = new URLSearchParams({
    ...(options.step !== null && { step: String(options.step) }),
    sample: String(options.sample),
    metric: options.metric,
    count: String(options.count),
  });
  return (await envelope(`${path('neighbours', run, entry)}?${query}`)).content as Figure;
}

const KEPT = 60;

/** Maps that were fetched, the latest used. */
export class MapStore {
  #held = new Map<string, Figure>();

  get(key: string): Figure | null {
    const figure = this.#held.get(key);
    if (!figure) return null;
    this.#held.delete(key);
    this.#held.set(key, figure);
    return figure;
  }

  keep(key: string, figure: Figure): void {
    this.#held.set(key, figure);
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= KEPT) break;
      this.#held.delete(oldest);
    }
  }
}

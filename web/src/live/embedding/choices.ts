/** What a reader chose of a map of feature vectors, kept with the other controls of the view. */

import { controls } from '../../state/controls.svelte';

export type Method = 'recorded' | 'pca' | 'tsne' | 'umap';

export interface MapChoice {
  /** `recorded`: the picture the run offers by itself. */
  method: Method;
  dimensions: 2 | 3;
  /** Turned to match the step before. */
  follow: boolean;
  perplexity: number;
  neighbors: number;
  minDist: number;
  /** Name of a column; empty for none. */
  color: string;
  /** Which samples, as `selectionText` writes them; empty for all. */
  only: string;
  /** Whether the way of selected samples over the steps is shown. */
  trails: boolean;
}

export const DEFAULTS: MapChoice = {
  method: 'recorded',
  dimensions: 2,
  follow: true,
  perplexity: 30,
  neighbors: 15,
  minDist: 0.1,
  color: 'true',
  only: '',
  trails: false,
};

/** What colours vectors that a program made itself, which have no true class. */
const LABEL = 'label';

/** The column that a choice means, of those there are. */
export function columnOf(color: string, columns: readonly string[]): string {
  const isOther = color === DEFAULTS.color && !columns.includes(color) && columns.includes(LABEL);
  return isOther ? LABEL : color;
}

const METHODS: readonly string[] = ['recorded', 'pca', 'tsne', 'umap'];

export function readChoice(view: string): MapChoice {
  const text = (name: string) => controls.get(view, name);
  const method = text('map') ?? DEFAULTS.method;
  return {
    method: (METHODS.includes(method) ? method : 'recorded') as Method,
    dimensions: text('dimensions') === '3' ? 3 : 2,
    follow: text('follow') !== '0',
    perplexity: positive(text('perplexity')) ?? DEFAULTS.perplexity,
    neighbors: positive(text('neighbors')) ?? DEFAULTS.neighbors,
    minDist: positive(text('minDist')) ?? DEFAULTS.minDist,
    color: text('color') ?? DEFAULTS.color,
    only: text('only') ?? DEFAULTS.only,
    trails: text('trails') === '1',
  };
}

function positive(text: string | null): number | null {
  const value = Number(text);
  return text !== null && Number.isFinite(value) && value > 0 ? value : null;
}

/** Keep changes; what is as it is by itself is not kept. */
export function change(view: string, changes: Partial<MapChoice>): void {
  const written: Record<string, string> = {};
  for (const [name, value] of Object.entries(changes)) {
    written[name === 'method' ? 'map' : name] = typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
  }
  const before: Record<string, unknown> = { ...DEFAULTS, map: DEFAULTS.method, follow: '1', trails: '0' };
  for (const [name, value] of Object.entries(written)) {
    controls.set(view, name, String(before[name]) === value ? null : value);
  }
}

/** The question for the server: only what the method asks for. */
export function queryOf(choice: MapChoice, step: number | null): string {
  const query = new URLSearchParams();
  if (step !== null) query.set('step', String(step));
  query.set('method', choice.method === 'recorded' ? 'pca' : choice.method);
  query.set('dimensions', String(choice.dimensions));
  if (!choice.follow) query.set('follow', '0');
  if (choice.method === 'tsne') query.set('perplexity', String(choice.perplexity));
  if (choice.method === 'umap') {
    query.set('neighbors', String(Math.max(2, Math.round(choice.neighbors))));
    query.set('min_dist', String(Math.min(1, choice.minDist)));
  }
  if (choice.only) query.set('only', choice.only);
  return query.toString();
}

/** A map that a saved copy of the page holds. */
export interface HeldMap {
  method: Exclude<Method, 'recorded'>;
  dimensions: 2 | 3;
  follow: boolean;
  perplexity: number;
  neighbors: number;
  minDist: number;
  only: string;
  /** How many were placed. */
  samples: number;
  steps: readonly number[];
}

/** Which of the maps a copy holds was chosen; -1 for none of them. */
export function heldIndex(maps: readonly HeldMap[], choice: MapChoice): number {
  const asked = (map: MapChoice | HeldMap) => queryOf({ ...choice, ...map }, null);
  return maps.findIndex((map) => asked(map) === asked(choice));
}

export function heldQuery(index: number, step: number | null): string {
  return `map=${index}&step=${step ?? ''}`;
}

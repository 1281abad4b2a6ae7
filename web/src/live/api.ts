/** Asking the server; every fault becomes an `ApiError` whose message a person can act on. */

import { readEnvelope } from '../data/envelope';
import { build, readColors, type Json, type JsonObject } from '../data/decode';
import type { Document, Figure } from '../data/types';
import { savedCopy } from '../state/savedCopy';
import { language } from '../words/language.svelte';
import type { Entry, RunDocument, RunList, Trashed } from './types';

export class ApiError extends Error {
  /** The status of the answer; 0 when no answer came. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

export interface Changes {
  name?: string;
  tags?: readonly string[];
  note?: string;
  archived?: boolean;
  deleted?: boolean;
}

/** What `begin.js` asked for before this program was there; each answer is taken once. */
const begun = (globalThis as { bathyscopeAsked?: Record<string, Promise<Response>> }).bathyscopeAsked ?? {};

function asked(path: string): Promise<Response> {
  const answer = begun[path] ?? fetch(path, { credentials: 'same-origin' });
  delete begun[path];
  return answer;
}

export async function ask(path: string, options?: RequestInit): Promise<Response> {
  if (savedCopy) return new Response(await copied(savedCopy.answer(path)));
  let answer: Response;
  try {
    answer = await (options ? fetch(path, { credentials: 'same-origin', ...options }) : asked(path));
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, language.words.noAnswer);
  }
  if (!answer.ok) throw new ApiError(answer.status, await reason(answer));
  return answer;
}

async function copied(answer: Promise<ArrayBuffer | null>): Promise<ArrayBuffer> {
  const bytes = await answer;
  if (!bytes) throw new ApiError(404, language.words.notInCopy);
  return bytes;
}

async function reason(answer: Response): Promise<string> {
  if (answer.status === 401) return language.words.notLetIn;
  try {
    const { error } = (await answer.json()) as { error?: string };
    if (error) return error;
  } catch {
    // Not one of our answers: say what is known.
  }
  return language.words.badAnswer(answer.status);
}

/** JSON, with numbers JSON cannot write (NaN and infinities) put back. */
async function json(path: string): Promise<unknown> {
  return build((await (await ask(path)).json()) as Json, () => new ArrayBuffer(0));
}

export async function palettes(): Promise<Document['colors']> {
  return readColors((await (await ask('/api/palettes')).json()) as JsonObject);
}

/** All runs, or only those that changed since a version. */
export async function runs(since = 0): Promise<RunList> {
  return (await json(since ? `/api/runs?since=${since}` : '/api/runs')) as RunList;
}

export async function run(id: string): Promise<RunDocument> {
  return (await json(`/api/runs/${encodeURIComponent(id)}`)) as RunDocument;
}

/** An answer with arrays. */
export async function envelope(path: string): Promise<Record<string, unknown>> {
  if (savedCopy && path.includes('/scalars?')) return joined(await savedCopy.metrics(path));
  return readEnvelope(await (await ask(path)).arrayBuffer());
}

/** Metrics that were kept one by one, as if they had been asked for together. */
function joined(answers: readonly ArrayBuffer[]): Record<string, unknown> {
  const metrics = answers.map((bytes) => readEnvelope(bytes).metrics as object);
  return { cursor: '', metrics: Object.assign({}, ...metrics) };
}

export async function figure(run: string, entry: string, step: number | null, choice = ''): Promise<Figure> {
  const content = (await envelope(figurePath(run, entry, step, choice))).content;
  return content as Figure;
}

export function figurePath(run: string, entry: string, step: number | null, choice = ''): string {
  const path = `/api/runs/${encodeURIComponent(run)}/figures/${encodeURIComponent(entry)}`;
  const query = new URLSearchParams({ ...(step !== null && { step: String(step) }), ...(choice && { choice }) });
  return query.size ? `${path}?${query}` : path;
}

/** The pictures some runs can show together. */
export async function compared(query: URLSearchParams): Promise<readonly Entry[]> {
  return ((await json(`/api/compare?${query}`)) as { entries: readonly Entry[] }).entries;
}

export async function comparedFigure(entry: string, query: URLSearchParams): Promise<Figure> {
  return (await envelope(`/api/compare/${encodeURIComponent(entry)}?${query}`)).content as Figure;
}

/** The page as it stands, as one file. */
export async function copy(query: URLSearchParams): Promise<Blob> {
  return (await ask(`/api/copy.html?${query}`)).blob();
}

/** Change what people say of a run; never what was recorded. */
export function change(id: string, changes: Changes): Promise<void> {
  return post(`/api/runs/${encodeURIComponent(id)}`, changes);
}

/** What was deleted, the latest first. */
export async function trash(): Promise<readonly Trashed[]> {
  return ((await json('/api/trash')) as { runs: readonly Trashed[] }).runs;
}

export function changeTrashed(deletion: string, changes: { deleted: false } | { erased: true }): Promise<void> {
  return post(`/api/trash/${encodeURIComponent(deletion)}`, changes);
}

async function post(path: string, content: object): Promise<void> {
  await ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Bathyscope': '1' },
    body: JSON.stringify(content),
  });
}

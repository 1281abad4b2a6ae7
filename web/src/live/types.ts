/** What the server answers, as `docs/dashboard-api.md` describes it. */

export type Status = 'running' | 'finished' | 'failed' | 'interrupted' | 'unknown';
export type Setting = number | string | boolean | null;
export type RoomName = 'overview' | 'parameters' | 'loss' | 'features' | 'predictions';

export const ROOMS: readonly RoomName[] = ['overview', 'parameters', 'loss', 'features', 'predictions'];

/** One run in the run table. */
export interface Row {
  id: string;
  name: string;
  path: string;
  kind: string;
  status: Status;
  /** Seconds since 1970. */
  created: number | null;
  updated: number | null;
  tags: readonly string[];
  config: Readonly<Record<string, Setting>>;
  last: Readonly<Record<string, number>>;
  last_step: number | null;
  version: number;
  archived: boolean;
  note?: string;
  fault: string;
}

export interface RunList {
  root: string;
  version: number;
  read_only?: boolean;
  /** Whether something was deleted that can be taken back. */
  has_trash?: boolean;
  /** Runs that are not read yet; they come by events. */
  pending?: number;
  runs: readonly Row[];
  /** Ids of runs that are not there any more. */
  gone?: readonly string[];
}

/** A run that was deleted and can be taken back. */
export interface Trashed {
  /** Names this deletion; of one place there may be several. */
  deletion: string;
  name: string;
  path: string;
  /** Seconds since 1970. */
  deleted: number;
  /** In bytes. */
  size: number;
}

/** One picture a run can show. */
export interface Entry {
  id: string;
  room: RoomName;
  title: string;
  place?: number;
  view: string;
  /** The steps it was recorded at; empty for a picture of the whole run. */
  steps: readonly number[];
  /** How many steps were recorded, where a saved copy of the page holds some of them. */
  recorded?: number;
  /** What the pictures of all of them would take there. */
  all_bytes?: number;
  fault: string;
  version: number;
}

export interface RunDocument {
  id: string;
  name: string;
  status: Status;
  title: string;
  facts: readonly (readonly [label: string, value: string, detail?: string])[];
  epochs: readonly (readonly [step: number, epoch: number])[];
  version: number;
  entries: readonly Entry[];
  faults?: readonly string[];
  metrics?: readonly string[];
  /** Bytes of a log that were read, and of how many, while it is being read. */
  reading?: readonly [done: number, total: number] | null;
}

/** The points of one metric, oldest first. */
export interface Series {
  step: Float64Array;
  value: Float64Array;
  /** Seconds since 1970. */
  time: Float64Array;
}

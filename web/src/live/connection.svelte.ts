/** The server's events: which runs changed. Lost connections come back and catch up by themselves. */

import { savedCopy } from '../state/savedCopy';

type Listener = (change: { kind: 'runs' | 'run'; id: string; version: number }) => void;

/** While the page is out of sight it listens for this long, then lets its connection go. */
const HIDDEN_MS = 60_000;
/** No run has this id: only changes of the list are told. */
const NONE = '-';

class Connection {
  state = $state<'connecting' | 'open' | 'lost' | 'refused'>('connecting');
  #listeners = new Set<Listener>();
  #caughtUp = new Set<() => void>();
  #source: EventSource | null = null;
  #version = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #wasOpen = false;
  #runs: readonly string[] = [];

  /** Browsers allow six connections to a server: pages out of sight give theirs back. */
  start(): void {
    if (savedCopy) return;
    this.#connect();
    document.addEventListener('visibilitychange', () => {
      if (this.#timer) clearTimeout(this.#timer);
      if (document.hidden) this.#timer = setTimeout(() => this.#disconnect(), HIDDEN_MS);
      else if (!this.#source) this.#connect();
    });
  }

  /** Only the changes of these runs are asked for, besides those of the list. */
  follow(runs: readonly string[]): void {
    if (runs.join(' ') === this.#runs.join(' ')) return;
    this.#runs = runs;
    if (!this.#source) return;
    this.#disconnect();
    this.#connect();
  }

  /** What the page has seen: nothing older need be told. */
  seen(version: number): void {
    this.#version = Math.max(this.#version, version);
  }

  /** Called for every change. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called when the connection is back: changes may have been missed. */
  onCatchUp(callback: () => void): () => void {
    this.#caughtUp.add(callback);
    return () => this.#caughtUp.delete(callback);
  }

  #connect(): void {
    const query = new URLSearchParams([['since', String(this.#version)]]);
    for (const id of this.#runs.length ? this.#runs : [NONE]) query.append('run', id);
    const source = new EventSource(`/api/events?${query}`);
    this.#source = source;
    source.onopen = () => {
      const missed = this.#wasOpen || this.#version === 0;
      this.#wasOpen = true;
      this.state = 'open';
      if (missed) for (const callback of this.#caughtUp) callback();
    };
    source.onerror = () => {
      this.state = 'lost';
      // A refused connection is not tried again by the browser.
      if (source.readyState === EventSource.CLOSED && this.#source === source) {
        this.#disconnect();
        void this.#findOut();
        this.#timer = setTimeout(() => this.#connect(), 2000);
      }
    };
    for (const kind of ['runs', 'run'] as const) {
      source.addEventListener(kind, (event) => this.#tell(kind, event.data as string));
    }
  }

  /** Event sources do not say why they were refused. */
  async #findOut(): Promise<void> {
    const answer = await fetch('/api/palettes', { method: 'HEAD' }).catch(() => null);
    if (answer?.status === 401 && this.state !== 'open') this.state = 'refused';
  }

  #disconnect(): void {
    this.#source?.close();
    this.#source = null;
  }

  #tell(kind: 'runs' | 'run', data: string): void {
    const { id = '', version = 0 } = JSON.parse(data) as { id?: string; version?: number };
    this.seen(version);
    for (const listener of this.#listeners) listener({ kind, id, version });
  }
}

export const connection = new Connection();

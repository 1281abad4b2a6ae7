/** The server's events: which runs changed. Lost connections come back and catch up by themselves. */

type Listener = (change: { kind: 'runs' | 'run'; id: string; version: number }) => void;

/** While the page is out of sight it listens for this long, then lets its connection go. */
const HIDDEN_MS = 60_000;

class Connection {
  state = $state<'connecting' | 'open' | 'lost'>('connecting');
  #listeners = new Set<Listener>();
  #caughtUp = new Set<() => void>();
  #source: EventSource | null = null;
  #version = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #wasOpen = false;

  /** Browsers allow six connections to a server: pages out of sight give theirs back. */
  start(): void {
    this.#connect();
    document.addEventListener('visibilitychange', () => {
      if (this.#timer) clearTimeout(this.#timer);
      if (document.hidden) this.#timer = setTimeout(() => this.#disconnect(), HIDDEN_MS);
      else if (!this.#source) this.#connect();
    });
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
    const source = new EventSource(`/api/events?since=${this.#version}`);
    this.#source = source;
    source.onopen = () => {
      const missed = this.#wasOpen;
      this.#wasOpen = true;
      this.state = 'open';
      if (missed) for (const callback of this.#caughtUp) callback();
    };
    source.onerror = () => {
      this.state = 'lost';
      // A refused connection is not tried again by the browser.
      if (source.readyState === EventSource.CLOSED && this.#source === source) {
        this.#disconnect();
        this.#timer = setTimeout(() => this.#connect(), 2000);
      }
    };
    for (const kind of ['runs', 'run'] as const) {
      source.addEventListener(kind, (event) => this.#tell(kind, event.data as string));
    }
  }

  #disconnect(): void {
    this.#source?.close();
    this.#source = null;
  }

  #tell(kind: 'runs' | 'run', data: string): void {
    const { id = '', version = 0 } = JSON.parse(data) as { id?: string; version?: number };
    if (kind === 'runs') this.#version = Math.max(this.#version, version);
    for (const listener of this.#listeners) listener({ kind, id, version });
  }
}

export const connection = new Connection();

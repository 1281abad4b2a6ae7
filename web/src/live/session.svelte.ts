/** The runs that are open beside each other: the first one, and those it is compared with. */

import { ScalarStore } from './charts/scalarStore.svelte';
import { connection } from './connection.svelte';
import { OpenRun } from './openRun.svelte';
import { runList } from './runList.svelte';

export class Session {
  readonly id: string;
  readonly opened: OpenRun;
  readonly scalars: ScalarStore;

  #all: () => readonly Session[];

  constructor(id: string, all: () => readonly Session[]) {
    this.id = id;
    this.#all = all;
    this.opened = new OpenRun(id);
    this.scalars = new ScalarStore(id);
    void this.opened.load();
  }

  /** What the run is called; of runs called the same also where they lie. */
  get name(): string {
    const name = this.#ownName;
    const shared = this.#all().some((other) => other !== this && other.#ownName === name);
    return shared ? `${name} (${runList.get(this.id)?.path ?? this.id})` : name;
  }

  get #ownName(): string {
    return runList.get(this.id)?.name ?? this.opened.document?.name ?? this.id;
  }

  refresh(): void {
    this.opened.refresh();
    this.scalars.refresh();
  }

  close(): void {
    this.opened.close();
    this.scalars.close();
  }
}

/** Sessions by run; each is opened once, and kept up to date until it is closed. */
export class Sessions {
  #open = $state.raw<readonly Session[]>([]);

  get all(): readonly Session[] {
    return this.#open;
  }

  /** Open exactly these runs, in this order. */
  show(ids: readonly string[]): void {
    const known = new Map(this.#open.map((session) => [session.id, session]));
    const wanted = [...new Set(ids)];
    this.#open = wanted.map((id) => known.get(id) ?? new Session(id, () => this.#open));
    for (const [id, session] of known) if (!wanted.includes(id)) session.close();
    connection.follow(wanted);
  }

  /** Follow the server's events; call the result when the page is left. */
  watch(): () => void {
    const stop = connection.listen(({ kind, id }) => {
      if (kind === 'run') this.#open.find((session) => session.id === id)?.refresh();
    });
    const stopCatchingUp = connection.onCatchUp(() => this.#open.forEach((session) => session.refresh()));
    return () => {
      stop();
      stopCatchingUp();
      this.show([]);
    };
  }
}

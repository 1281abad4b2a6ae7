/** Does one thing at a time; of what is asked for meanwhile only the latest is done next. */

export class LatestOnly<Goal> {
  #next: Goal | null = null;
  #busy = false;
  #work: (goal: Goal) => Promise<void>;
  #onBusy: (busy: boolean) => void;

  constructor(work: (goal: Goal) => Promise<void>, onBusy: (busy: boolean) => void = () => {}) {
    this.#work = work;
    this.#onBusy = onBusy;
  }

  /** A slider that is dragged shows what arrives on the way, and always ends where it was let go. */
  want(goal: Goal): void {
    this.#next = goal;
    if (!this.#busy) void this.#run();
  }

  forget(): void {
    this.#next = null;
  }

  async #run(): Promise<void> {
    this.#busy = true;
    this.#onBusy(true);
    while (this.#next !== null) {
      const goal = this.#next;
      this.#next = null;
      await this.#work(goal);
    }
    this.#busy = false;
    this.#onBusy(false);
  }
}

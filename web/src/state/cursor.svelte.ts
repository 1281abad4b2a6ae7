/** The step cursor that all films of the page share. */
class Cursor {
  /** Every step any film has, increasing. */
  #steps = $state.raw<readonly number[]>([]);
  /** The chosen step; films show their latest recorded step up to it. */
  step = $state(0);
  playing = $state(false);
  /** How often somebody, or playing, moved it. */
  moves = $state(0);
  /** How many pictures are on their way: playing waits for them. */
  waiting = $state(0);
  /** Increasing (step, epochs completed at it), where the document knows them. */
  epochs = $state.raw<readonly (readonly [step: number, epoch: number])[]>([]);

  get steps(): readonly number[] {
    return this.#steps;
  }

  get index(): number {
    return Math.max(0, latest(this.#steps, this.step));
  }

  /** Epochs completed at a step; null if the document does not say. */
  epochAt(step: number): number | null {
    const at = latest(
      this.epochs.map(([known]) => known),
      step,
    );
    return this.epochs[at]?.[1] ?? null;
  }

  /** Make the cursor run over these steps, and stand at the last one. */
  run(steps: Iterable<number>): void {
    this.#steps = [...new Set(steps)].sort((a, b) => a - b);
    this.step = this.#steps.at(-1) ?? 0;
  }

  /** The run went on: more steps. A cursor at the last step stays at the last, others stay put. */
  extend(steps: Iterable<number>): void {
    const { step, atEnd } = this;
    this.run(steps);
    if (!atEnd) this.step = step;
  }

  get atEnd(): boolean {
    return this.#steps.length === 0 || this.step >= this.#steps.at(-1)!;
  }

  go(index: number): void {
    this.moves += 1;
    const clamped = Math.max(0, Math.min(this.#steps.length - 1, index));
    this.step = this.#steps[clamped] ?? 0;
  }
}

/** Index of the last of the increasing `steps` that is <= `step`; -1 if all are later. */
export function latest(steps: readonly number[], step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export const cursor = new Cursor();

/** Points of a metric that keep coming: appended in place, never copied as a whole. */

import type { Series } from '../types';

export class Growing {
  #step = new Float64Array(0);
  #value = new Float64Array(0);
  #time = new Float64Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What is there now; the arrays are views that later points do not change. */
  get series(): Series {
    return {
      step: this.#step.subarray(0, this.#length),
      value: this.#value.subarray(0, this.#length),
      time: this.#time.subarray(0, this.#length),
    };
  }

  /** Add points; one at a step that is known takes the place of the older one. */
  add({ step, value, time }: Series): void {
    if (!step.length) return;
    const last = this.#length ? this.#step[this.#length - 1]! : -Infinity;
    if (isIncreasing(step) && step[0]! > last) this.#append({ step, value, time });
    else this.#merge({ step, value, time });
  }

  #append(more: Series): void {
    const length = this.#length + more.step.length;
    if (length > this.#step.length) {
      const capacity = Math.max(64, length, 2 * this.#step.length);
      this.#step = grown(this.#step, this.#length, capacity);
      this.#value = grown(this.#value, this.#length, capacity);
      this.#time = grown(this.#time, this.#length, capacity);
    }
    this.#step.set(more.step, this.#length);
    this.#value.set(more.value, this.#length);
    this.#time.set(more.time, this.#length);
    this.#length = length;
  }

  #merge(more: Series): void {
    const points = new Map<number, [value: number, time: number]>();
    for (const { step, value, time } of [this.series, more]) {
      for (let i = 0; i < step.length; i++) points.set(step[i]!, [value[i]!, time[i]!]);
    }
    const steps = Float64Array.from(points.keys()).sort();
    this.#step = steps;
    this.#value = Float64Array.from(steps, (step) => points.get(step)![0]);
    this.#time = Float64Array.from(steps, (step) => points.get(step)![1]);
    this.#length = steps.length;
  }
}

function grown(values: Float64Array, used: number, capacity: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity);
  larger.set(values.subarray(0, used));
  return larger;
}

function isIncreasing(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if (!(values[i]! > values[i - 1]!)) return false;
  return true;
}

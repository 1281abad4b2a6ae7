import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { STAYS_MS, unlessPassing } from '../../src/live/charts/unlessPassing';

describe('what comes near the window', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is there at once while the page stands still', () => {
    const told: boolean[] = [];
    const tell = unlessPassing((near) => told.push(near), () => false);
    tell(true);
    tell(false);
    expect(told).toEqual([true, false]);
  });

  it('is left out if it goes again while the page moves, and drawn if it stays', () => {
    const told: boolean[] = [];
    const tell = unlessPassing((near) => told.push(near), () => true);
    tell(true);
    vi.advanceTimersByTime(STAYS_MS - 1);
    tell(false);
    vi.advanceTimersByTime(10 * STAYS_MS);
    expect(told).toEqual([false]);
    tell(true);
    vi.advanceTimersByTime(STAYS_MS);
    expect(told).toEqual([false, true]);
  });
});

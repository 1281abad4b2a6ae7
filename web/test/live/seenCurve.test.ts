import { describe, expect, it } from 'vitest';

import { reach, readCurve } from '../../src/live/charts/seenCurve';

const held = (...data: number[]) => ({ data: Float32Array.from(data) });

describe('what is seen of a long curve', () => {
  it('reaches over all curves that have finite values', () => {
    expect(reach([[0, 2], null, [-1, 1]])).toEqual([-1, 2]);
    expect(reach([null])).toBeNull();
    expect(reach([])).toBeNull();
  });

  it('is read with as many points as were sent', () => {
    const domain = { step: [0, 9], value: null };
    const seen = readCurve({ count: 10, total: 10, raw: false, step: held(0, 9), value: held(NaN, NaN), domain });
    expect([...seen.series.step]).toEqual([0, 9]);
    expect([...seen.series.value, ...seen.series.time]).toEqual([NaN, NaN, NaN, NaN]);
    expect(seen.value).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';

import { SHARES, contoursOf } from '../src/chart/contours';
import { isInside } from '../src/chart/lasso';

const PLOT = { left: 40, top: 20, width: 600, height: 400 };

/** Numbers from 0 to 1, the same in every run. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

function normal(count: number, center: [number, number], deviation: [number, number]) {
  const next = uniform(7);
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const radius = Math.sqrt(-2 * Math.log(next()));
    const angle = 2 * Math.PI * next();
    x[i] = center[0] + deviation[0] * radius * Math.cos(angle);
    y[i] = center[1] + deviation[1] * radius * Math.sin(angle);
  }
  return { x, y };
}

describe('contours of density', () => {
  const center: [number, number] = [340, 220];
  const deviation: [number, number] = [60, 35];
  const { x, y } = normal(20_000, center, deviation);
  const found = contoursOf(x, y, PLOT);

  it('are the ellipses of a normal distribution that hold their shares', () => {
    // The smallest region with a share s of a normal distribution has the radius sqrt(-2 ln(1 - s));
    // smoothing widens it by the bandwidth.
    const widened = Math.sqrt(1 + 20_000 ** (-1 / 3));
    found.forEach(({ share, segments }) => {
      const radius = Math.sqrt(-2 * Math.log(1 - share)) * widened;
      expect(segments.length).toBeGreaterThan(100);
      let sum = 0;
      for (let i = 0; i < segments.length; i += 2) {
        sum += Math.hypot((segments[i]! - center[0]) / deviation[0], (segments[i + 1]! - center[1]) / deviation[1]);
      }
      expect(sum / (segments.length / 2) / radius).toBeGreaterThan(0.93);
      expect(sum / (segments.length / 2) / radius).toBeLessThan(1.07);
    });
  });

  it('enclose their shares of the points', () => {
    for (const { share, segments } of found) {
      // Corners by their angle make a polygon of the innermost loop around the centre.
      const corners = [];
      for (let i = 0; i < segments.length; i += 2) corners.push({ x: segments[i]!, y: segments[i + 1]! });
      corners.sort((a, b) => Math.atan2(a.y - center[1], a.x - center[0]) - Math.atan2(b.y - center[1], b.x - center[0]));
      let within = 0;
      for (let i = 0; i < x.length; i++) within += Number(isInside(corners, x[i]!, y[i]!));
      expect(Math.abs(within / x.length - share)).toBeLessThan(0.03);
    }
    expect(found.map(({ share }) => share)).toEqual([...SHARES]);
  });

  it('leave out what is not shown, outside, or nowhere, and need some points', () => {
    expect(contoursOf(x, y, PLOT, () => false)).toEqual([]);
    expect(contoursOf(new Float64Array(50).fill(NaN), new Float64Array(50), PLOT)).toEqual([]);
    const left = contoursOf(x, y, PLOT, (i) => x[i]! < 300);
    const farthest = Math.max(...Array.from(left[0]!.segments).filter((_, i) => i % 2 === 0));
    expect(farthest).toBeLessThan(320);
  });
});

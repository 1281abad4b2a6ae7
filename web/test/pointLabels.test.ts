import { describe, expect, it } from 'vitest';

import { placeLabels } from '../src/chart/pointLabels';

const ROOM = { left: 0, top: 0, width: 300, height: 200 };

describe('names of points', () => {
  it('stand beside their points, inside the picture', () => {
    const [right, left] = placeLabels([50, 50], [{ x: 20, y: 100 }, { x: 290, y: 100 }], ROOM);
    expect(right!.left).toBeGreaterThan(20);
    expect(left!.left + 50).toBeLessThan(290);
  });

  it('never lie over each other; those without room are left out', () => {
    const points = Array.from({ length: 200 }, (_, i) => ({ x: (i * 37) % 300, y: (i * 61) % 200 }));
    const widths = points.map((_, i) => 20 + ((i * 13) % 60));
    const spots = placeLabels(widths, points, ROOM).filter((spot) => spot !== null);
    expect(spots.length).toBeGreaterThan(10);
    expect(spots.length).toBeLessThan(200);
    spots.forEach((one, i) =>
      spots.slice(i + 1).forEach((other) => {
        const across = one.left < other.left + other.width && other.left < one.left + one.width;
        expect(across && Math.abs(one.top - other.top) < 15).toBe(false);
      }),
    );
  });
});

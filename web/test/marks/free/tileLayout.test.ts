import { describe, expect, it } from 'vitest';
import { GAP, layoutTiles, type TileRequest } from '../../../src/marks/free/tileLayout';

const request: TileRequest = {
  count: 36, imageWidth: 28, imageHeight: 28, width: 1000, columns: null, captionLines: 0, captionLength: 0,
};

const sizes = [1, 8, 28, 64, 224, 900];

describe('the layout of tiles', () => {
  it('never leaves its space, whatever the images', () => {
    for (const width of [200, 330, 1000]) {
      for (const imageWidth of sizes) {
        for (const imageHeight of sizes) {
          for (const count of [1, 3, 12, 512]) {
            for (const columns of [null, 1, 6, 100]) {
              const layout = layoutTiles({
                ...request, width, imageWidth, imageHeight, count, columns, captionLines: 2, captionLength: 40,
              });
              const used = layout.columns * (layout.cellWidth + GAP) - GAP;
              expect(used).toBeLessThanOrEqual(width + 0.01);
              expect(layout.width).toBeLessThanOrEqual(layout.cellWidth + 0.01);
              expect(layout.rows * layout.columns).toBeGreaterThanOrEqual(count);
              expect((layout.rows - 1) * layout.columns).toBeLessThan(count);
            }
          }
        }
      }
    }
  });

  it('enlarges every pixel of a small image equally', () => {
    for (const imageWidth of [8, 28, 30]) {
      const { width, height } = layoutTiles({ ...request, imageWidth, imageHeight: imageWidth });
      expect(width % imageWidth).toBe(0);
      expect(height).toBe(width);
    }
  });

  it('keeps the shape of an image', () => {
    const { width, height } = layoutTiles({ ...request, imageWidth: 320, imageHeight: 213 });
    expect(width / height).toBeCloseTo(320 / 213, 6);
  });

  it('gives the columns that were asked for where they fit, and fewer where not', () => {
    expect(layoutTiles({ ...request, columns: 6 }).columns).toBe(6);
    expect(layoutTiles({ ...request, columns: 60, width: 330 }).columns).toBeLessThan(60);
    expect(layoutTiles({ ...request, columns: 8, count: 3 }).columns).toBe(3);
  });

  it('shows few images larger than many', () => {
    const of = (count: number) => layoutTiles({ ...request, count }).width;
    expect(of(1)).toBeGreaterThan(of(12));
    expect(of(12)).toBeGreaterThan(of(512));
  });

  it('leaves room for captions', () => {
    const { rowHeight } = layoutTiles(request);
    const captioned = layoutTiles({ ...request, captionLines: 2, captionLength: 10 });
    expect(captioned.captionHeight).toBeGreaterThan(2 * 16);
    expect(captioned.rowHeight).toBe(rowHeight + captioned.captionHeight);
  });

  it('gives one large image all its pixels, as far as there is room', () => {
    const alone = (side: number, width: number) =>
      layoutTiles({ ...request, count: 1, imageWidth: side, imageHeight: side, width }).width;
    expect(alone(512, 1100)).toBe(512);
    expect(alone(512, 358)).toBe(358);
    expect(alone(2000, 1100)).toBe(680);
    expect(layoutTiles({ ...request, count: 1, imageWidth: 1600, imageHeight: 400, width: 1100 }).width).toBe(1100);
    expect(layoutTiles({ ...request, count: 2, imageWidth: 512, imageHeight: 512, width: 1100 }).width).toBeGreaterThan(400);
  });
});

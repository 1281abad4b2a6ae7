import { describe, expect, it } from 'vitest';
import type { Graph, NumberArray } from '../../../src/data/types';
import { lanes, layoutGraph } from '../../../src/marks/free/graphLayout';

const numbers = (values: number[], shape = [values.length]): NumberArray => ({
  kind: 'float', data: Float64Array.from(values), shape,
});

function graph(x: number[], y: number[], edges: [number, number][], labels?: string[]): Graph {
  return {
    type: 'graph', labels: labels ?? x.map((_, i) => `box ${i}`), x: numbers(x), y: numbers(y),
    edges: numbers(edges.flat(), [edges.length, 2]), tones: null, label: '', ids: null,
  };
}

const seven = (text: string) => 7 * text.length;

describe('the layout of a graph', () => {
  it('holds every box and keeps boxes apart', () => {
    const { boxes, boxWidth, boxHeight, width, height } = layoutGraph(graph([0, 1, 0.5], [0, 0, 1], []), seven);
    for (const { left, top } of boxes) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(top).toBeGreaterThanOrEqual(0);
      expect(left + boxWidth).toBeLessThanOrEqual(width);
      expect(top + boxHeight).toBeLessThanOrEqual(height);
    }
    expect(boxes[1]!.left - boxes[0]!.left).toBeGreaterThan(boxWidth);
    expect(boxes[2]!.top - boxes[0]!.top).toBeGreaterThan(boxHeight);
  });

  it('leads a long edge beside the boxes it passes, on one side', () => {
    const chain = graph([0, 0, 0, 0], [0, 1, 2, 3], [[0, 3]]);
    expect(lanes(chain, 0, 3)).toEqual([{ x: 0.5, y: 1 }, { x: 0.5, y: 2 }]);
  });

  it('leads a long edge straight where nothing is in its way', () => {
    const split = graph([0, 2, 0], [0, 1, 2], [[0, 2]]);
    expect(lanes(split, 0, 2)).toEqual([{ x: 0, y: 1 }]);
  });

  it('leads an edge between two boxes that stand side by side', () => {
    const row = graph([0.5, 0, 1, 0.5], [0, 1, 1, 2], [[0, 3]]);
    expect(lanes(row, 0, 3)).toEqual([{ x: 0.5, y: 1 }]);
  });

  it('draws edges that lead back, stay in their row, or begin and end at one box', () => {
    const { edges } = layoutGraph(graph([0, 0, 1], [0, 1, 1], [[1, 0], [1, 2], [2, 2]]), seven);
    for (const { path } of edges) expect(path).toMatch(/^M[\d.]+,[\d.]+C[^N]+$/);
  });

  it('shortens labels that are too long for a box', () => {
    const { boxes, boxWidth } = layoutGraph(graph([0], [0], [], ['x'.repeat(99)]), seven);
    expect(boxes[0]!.lines[0]).toMatch(/^x+…$/);
    expect(seven(boxes[0]!.lines[0]!)).toBeLessThan(boxWidth);
  });

  it('has a size also without boxes', () => {
    const { width, height } = layoutGraph(graph([], [], []), seven);
    expect(Number.isFinite(width) && Number.isFinite(height)).toBe(true);
  });
});

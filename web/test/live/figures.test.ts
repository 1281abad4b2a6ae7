import { describe, expect, it } from 'vitest';

import { readEnvelope } from '../../src/data/envelope';
import type { Figure, Line, Matrix, Panel, Tiles } from '../../src/data/types';
import { subtract } from '../../src/live/compare/difference';
import { overlay } from '../../src/live/compare/overlay';
import { bytesOf, FigureStore } from '../../src/live/figureStore';
import { LatestOnly } from '../../src/live/latestOnly';
import { arranged } from '../../src/live/layout.svelte';
import { merged } from '../../src/live/runList.svelte';
import type { Entry, Row } from '../../src/live/types';

const array = (data: number[], shape = [data.length]) => ({
  kind: 'float' as const,
  data: Float64Array.from(data),
  shape,
});

const scale = { type: 'color_scale', kind: 'sequential', low: 0, high: 9, label: 'n', unit: '', integers: false } as const;

function matrix(values: number[], shape = [2, 2]): Matrix {
  return {
    type: 'matrix', values: array(values, shape), color: scale, label: '', x: null, y: null, cells: null, ids: null, counted: null,
  };
}

function tiles(kind: 'gray' | 'signed', values: number[]): Tiles {
  return {
    type: 'tiles', browse: null, images: array(values, [1, 1, values.length]), color: { ...scale, kind }, label: '',
    captions: null, verdicts: null, columns: null, overlays: [], ids: null,
  };
}

function line(label: string): Line {
  return {
    type: 'line', x: array([0, 1]), y: array([1, 2]), label, tone: 5, low: null, high: null, band_label: '',
    dash: 'solid', faint: false, markers: false, ids: null,
  };
}

function figure(...marks: Panel['marks'][]): Figure {
  const panels = marks.map((each, i) => ({
    type: 'panel' as const, marks: each, x: null, y: null, title: `panel ${i}`, note: '',
  }));
  return { type: 'figure', title: 'it', panels, columns: panels.length, widths: [], note: 'a note' };
}

describe('an answer with arrays', () => {
  function envelope(head: object, blobs: Uint8Array[]): ArrayBuffer {
    const offsets: [number, number][] = [];
    let at = 0;
    for (const blob of blobs) {
      offsets.push([at, blob.length]);
      at += Math.ceil(blob.length / 8) * 8;
    }
    const json = new TextEncoder().encode(JSON.stringify({ ...head, blobs: offsets }));
    const start = Math.ceil((4 + json.length) / 8) * 8;
    const bytes = new Uint8Array(start + at);
    new DataView(bytes.buffer).setUint32(0, json.length, true);
    bytes.set(json, 4);
    blobs.forEach((blob, i) => bytes.set(blob, start + offsets[i]![0]));
    return bytes.buffer;
  }

  it('gives every array its bytes, and numbers JSON cannot write', () => {
    const doubles = new Uint8Array(Float64Array.from([0.1, NaN, -Infinity]).buffer);
    const head = {
      content: {
        a: { $array: 'u1', dtype: 'uint8', shape: [3], blob: 0, codec: 'raw' },
        b: { $array: 'f8', dtype: 'float64', shape: [3], blob: 1, codec: 'raw' },
        c: { $number: 'nan' },
      },
    };
    const { content } = readEnvelope(envelope(head, [Uint8Array.of(1, 2, 3), doubles])) as any;
    expect([...content.a.data]).toEqual([1, 2, 3]);
    expect([...content.b.data]).toEqual([0.1, NaN, -Infinity]);
    expect(content.c).toBeNaN();
  });

  it('that was cut short is refused', () => {
    const head = { content: { $array: 'u1', dtype: 'uint8', shape: [64], blob: 0, codec: 'raw' } };
    const whole = envelope(head, [new Uint8Array(64)]);
    expect(() => readEnvelope(whole.slice(0, whole.byteLength - 40))).toThrow('cut short');
    expect(() => readEnvelope(whole.slice(0, 20))).toThrow('cut short');
  });
});

describe('the difference of figures', () => {
  it('is that of the numbers, on a scale centred on zero', () => {
    const made = subtract(figure([matrix([5, 1, 0, 2])]), figure([matrix([1, 4, 0, 2])]))!;
    const mark = made.panels[0]!.marks[0] as Matrix;
    expect([...mark.values.data]).toEqual([4, -3, 0, 0]);
    expect([mark.color.kind, mark.color.low, mark.color.high]).toEqual(['signed', -4, 4]);
  });

  it('leaves out what cannot be subtracted, and is nothing if nothing can', () => {
    const one = figure([tiles('gray', [1, 2])], [tiles('signed', [1, 2])]);
    expect(subtract(one, one)!.panels.map(({ title }) => title)).toEqual(['panel 1']);
    expect(subtract(figure([matrix([1, 2, 3, 4])]), figure([matrix([1, 2], [1, 2])]))).toBeNull();
    expect(subtract(figure([line('a')]), figure([line('a')]))).toBeNull();
  });

  it('takes only what is of the same thing: a panel without a title goes with the one before', () => {
    const of = (sample: string, values: number[]) => {
      const { panels } = figure([tiles('gray', [1, 2])], [matrix(values)]);
      return [{ ...panels[0]!, title: sample }, { ...panels[1]!, title: '' }];
    };
    const both = { ...figure([]), panels: [...of('sample 1', [1, 1, 1, 1]), ...of('sample 2', [5, 5, 5, 5])] };
    const second = { ...figure([]), panels: of('sample 2', [2, 2, 2, 2]) };
    const made = subtract(both, second)!;
    expect(made.panels.map(({ marks }) => [...(marks[0] as Matrix).values.data])).toEqual([[3, 3, 3, 3]]);
  });
});

describe('curves of several runs', () => {
  it('lie in one panel, coloured by run', () => {
    const made = overlay([
      { run: 'a', place: 0, figure: figure([line('x'), line('y')]) },
      { run: 'b', place: 1, figure: figure([line('x'), line('y')]) },
    ])!;
    const marks = made.panels[0]!.marks as readonly Line[];
    expect(marks.map(({ label }) => label)).toEqual(['a: x', 'a: y', 'b: x', 'b: y']);
    expect(marks.map(({ tone }) => tone)).toEqual([0, 0, 1, 1]);
  });

  it('stand side by side if anything else is there', () => {
    const both = figure([line('x')], [matrix([1, 2, 3, 4])]);
    expect(overlay([{ run: 'a', place: 0, figure: both }, { run: 'b', place: 1, figure: both }])).toBeNull();
  });
});

describe('the figure store', () => {
  const wanted = { run: 'r', entry: 'e', step: 1, version: 1 };

  it('asks once, and again only for a newer version', async () => {
    let asked = 0;
    const store = new FigureStore(async () => (asked++, figure([matrix([asked, 0, 0, 0])])));
    const [one, two] = await Promise.all([store.load(wanted), store.load(wanted)]);
    expect(one).toBe(two);
    expect(store.peek(wanted)).toBe(one);
    expect(store.peek({ ...wanted, version: 2 })).toBeNull();
    await store.load({ ...wanted, version: 2 });
    expect(asked).toBe(2);
  });

  it('asks again after a fault', async () => {
    let fails = true;
    const store = new FigureStore(async () => {
      if (fails) throw new Error('away');
      return figure([]);
    });
    await expect(store.load(wanted)).rejects.toThrow('away');
    fails = false;
    await expect(store.load(wanted)).resolves.toBeTruthy();
  });

  it('counts the bytes of all arrays', () => {
    expect(bytesOf(figure([matrix([1, 2, 3, 4])], [tiles('gray', [1, 2])]))).toBe(6 * 8);
  });
});

describe('the latest wish', () => {
  it('is always done, and those between are not', async () => {
    const done: number[] = [];
    let release = () => {};
    const first = new Promise<void>((resolve) => (release = resolve));
    const latest = new LatestOnly<number>(async (goal) => {
      if (goal === 1) await first;
      done.push(goal);
    });
    for (const goal of [1, 2, 3, 4]) latest.want(goal);
    release();
    await new Promise((resolve) => setTimeout(resolve));
    expect(done).toEqual([1, 4]);
  });
});

describe('the layout', () => {
  const entries = ['a', 'b', 'c', 'd'].map((id) => ({ id }) as Entry);
  const ids = (order: string[], pinned: string[]) =>
    arranged(entries, { order, pinned, names: {}, wide: {} }).map(({ id }) => id).join('');

  it('puts pinned views first and keeps the place of those that were not moved', () => {
    expect(ids([], [])).toBe('abcd');
    expect(ids([], ['c'])).toBe('cabd');
    expect(ids(['d', 'b'], [])).toBe('adcb');
    expect(ids(['gone', 'd', 'c', 'b', 'a'], ['a'])).toBe('adcb');
  });
});

describe('a list that is brought up to date', () => {
  const row = (id: string, version = 1) => ({ id, version }) as Row;
  const list = (runs: Row[], gone: string[] = []) => ({ root: '', version: 2, runs, gone });

  it('takes changed, new and vanished runs', () => {
    const after = merged([row('a'), row('b'), row('c')], list([row('b', 2), row('d')], ['c']));
    expect(after.map(({ id, version }) => `${id}${version}`)).toEqual(['a1', 'b2', 'd1']);
  });

  it('stays the same list if nothing changed', () => {
    const before = [row('a')];
    expect(merged(before, list([]))).toBe(before);
  });
});

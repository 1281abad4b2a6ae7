import { describe, expect, it } from 'vitest';
import { readArray } from '../../src/data/arrays';
import { loadFigure, parseDocument, tableColumns } from '../../src/data/decode';
import type { FigureItem, FilmItem, Line, Table } from '../../src/data/types';

const base64 = (data: ArrayBufferView) => btoa(String.fromCharCode(...new Uint8Array(data.buffer)));

async function deflate(data: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([data]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const node = (stored: string, dtype: string, shape: number[], data: ArrayBufferView) => ({
  $array: stored,
  dtype,
  shape,
  base64: base64(data),
});

const bytesOf = (data: ArrayBufferView) => data.buffer as ArrayBuffer;
const read = (stored: string, dtype: string, data: ArrayBufferView, shape: number[]) =>
  readArray({ $array: stored, dtype, shape }, bytesOf(data));

const table = node('u1', 'uint8', [256, 3], new Uint8Array(768).fill(7));
const palette = {
  type: 'palette',
  scales: { $map: [['gray', table], ['signed', table], ['sequential', table]] },
  categorical: ['#3f90da'],
  tones: { $map: [['ink', '#1f2328']] },
  missing: '#808080',
};

const panel = (mark: object) => ({ type: 'panel', marks: [mark], x: null, y: null, title: '', note: '' });
const figure = (mark: object) => ({ type: 'figure', title: 'T', panels: [panel(mark)], columns: 1, note: '' });
const line = (y: object) => ({ type: 'line', x: node('u1', 'float64', [2], new Uint8Array([0, 1])), y });

function documentOf(items: object[], version = 1): string {
  return JSON.stringify({
    format: 'bathyscope-document',
    version,
    title: 'Run',
    facts: [['accuracy', '0.98']],
    sections: [{ title: 'Loss', room: 'loss', items }],
    colors: { $map: [['light', palette], ['dark', palette]] },
  });
}

describe('arrays', () => {
  it('keep NaN, infinities and the sign of zero', () => {
    const values = new Float64Array([NaN, Infinity, -Infinity, -0, 1.5]);
    const array = read('f8', 'float64', values, [5]);
    expect([...array.data].map((v) => Object.is(v, -0) || v)).toEqual([NaN, Infinity, -Infinity, true, 1.5]);
  });

  it('are of the kind they had in Python, whatever they are stored as', () => {
    const bytes = new Uint8Array([0, 1, 1]);
    expect(read('u1', 'float64', bytes, [3]).kind).toBe('float');
    expect(read('u1', 'int64', bytes, [3]).kind).toBe('int');
    expect(read('u1', 'bool', bytes, [3]).kind).toBe('bool');
  });

  it('in half precision have the values of IEEE 754', () => {
    const bits = new Uint16Array([0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00, 0x7e00]);
    const values = [1, -2, 65504, 2 ** -24, 2 ** -14, Infinity, -Infinity, NaN];
    expect([...read('f2', 'float16', bits, [8]).data]).toEqual(values);
  });

  it('of large whole numbers become text only where doubles cannot tell them apart', () => {
    const safe = new BigInt64Array([2n ** 53n - 1n, -5n]);
    expect([...read('i8', 'int64', safe, [2]).data]).toEqual([2 ** 53 - 1, -5]);
    const large = new BigUint64Array([2n ** 63n + 1n]);
    expect(read('u8', 'uint64', large, [1])).toMatchObject({ kind: 'string', data: ['9223372036854775809'] });
  });

  it('that count up are made from their first number', () => {
    const array = read('count', 'int64', Uint32Array.of(2 ** 32 - 3), [3, 1]);
    expect(array).toMatchObject({ kind: 'int', shape: [3, 1] });
    expect([...array.data]).toEqual([2 ** 32 - 3, 2 ** 32 - 2, 2 ** 32 - 1]);
  });

  it('that are cut short are refused', () => {
    expect(() => read('u1', 'uint8', new Uint8Array(3), [2, 2])).toThrow('must have 4 values; got 3');
  });

  it('of an unknown type are refused', () => {
    expect(() => read('c16', 'complex128', new Uint8Array(16), [1])).toThrow('unknown type: c16');
  });
});

describe('documents', () => {
  it('give figures with inline arrays, deflated blobs and raw blobs alike', async () => {
    const y = new Float32Array([0.5, NaN]);
    const blobs = [base64(await deflate(y)), base64(y)];
    const reference = { $array: 'f4', dtype: 'float64', shape: [2] };
    const document = parseDocument(
      documentOf([
        figure(line(node('f4', 'float64', [2], y))),
        figure(line({ ...reference, blob: 0, codec: 'deflate-raw' })),
        figure(line({ ...reference, blob: 1, codec: 'raw' })),
      ]),
      (blob) => blobs[blob]!,
    );
    for (const item of document.sections[0]!.items) {
      const mark = (await loadFigure(item)).panels[0]!.marks[0] as Line;
      expect([...mark.y.data]).toEqual([0.5, NaN]);
      expect([...mark.x.data]).toEqual([0, 1]);
    }
  });

  it('decode a blob once, however often it is used', async () => {
    let reads = 0;
    const y = new Float32Array([1, 2]);
    const shared = line({ $array: 'f4', dtype: 'float64', shape: [2], blob: 0, codec: 'raw' });
    const film = { type: 'film', steps: [0, 5], figures: [figure(shared), figure(shared)], note: 'n' };
    const document = parseDocument(documentOf([film]), () => (reads++, base64(y)));
    const item = document.sections[0]!.items[0] as FilmItem;
    expect(item.steps).toEqual([0, 5]);
    expect(reads).toBe(0);
    await Promise.all([loadFigure(item, 0), loadFigure(item, 1)]);
    expect(reads).toBe(1);
  });

  it('keep the order of mappings, also where the names are numbers', async () => {
    const columns = { $map: [['10', { $strings: ['a'], shape: [1] }], ['2', { $strings: ['b'], shape: [1] }]] };
    const document = parseDocument(documentOf([figure({ type: 'table', columns })]), () => '');
    const mark = (await loadFigure(document.sections[0]!.items[0]!)).panels[0]!.marks[0] as Table;
    expect([...mark.columns.keys()]).toEqual(['10', '2']);
  });

  it('tell how wide a table is before it is decoded', () => {
    const columns = { $map: [['a', { $strings: [], shape: [0] }], ['b', { $strings: [], shape: [0] }]] };
    const items = [figure({ type: 'table', columns }), figure({ type: 'note' })];
    const outlines = parseDocument(documentOf(items), () => '').sections[0]!.items.map(
      (item) => (item as FigureItem).figure,
    );
    expect(outlines.map(tableColumns)).toEqual([2, 0]);
  });

  it('carry scalars that JSON has no word for', async () => {
    const mark = { type: 'note', text: 't', tone: 'info', extra: [{ $number: 'nan' }, { $number: '-inf' }] };
    const document = parseDocument(documentOf([figure(mark)]), () => '');
    const loaded = (await loadFigure(document.sections[0]!.items[0]!)).panels[0]!.marks[0];
    expect(loaded).toMatchObject({ extra: [NaN, -Infinity] });
  });

  it('have their colours at once', () => {
    const { light } = parseDocument(documentOf([]), () => '').colors;
    expect(light.scales.gray).toEqual(new Uint8Array(768).fill(7));
    expect(light.tones).toEqual({ ink: '#1f2328' });
  });

  it('of a newer version are refused by name', () => {
    expect(() => parseDocument(documentOf([], 99), () => '')).toThrow('version 99');
  });

  it('refuse an index no film has', async () => {
    const film = { type: 'film', steps: [0], figures: [figure({ type: 'note' })], note: '' };
    const item = parseDocument(documentOf([film]), () => '').sections[0]!.items[0]!;
    await expect(loadFigure(item, 3)).rejects.toThrow('A film of 1 steps has no figure 3');
  });
});

import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('location', { hash: '' });
const { parseAddress, writeAddress } = await import('../../src/live/route.svelte');
const { selectionFromText, selectionToText } = await import('../../src/live/selectionText');

describe('the address', () => {
  it('comes back as it was written', () => {
    const address = {
      path: ['run', 'a b/c', 'loss'],
      query: { step: '120', select: 'sample:1-3', q: 'lr<0.1 & "x?"', compare: 'one,two' },
    };
    expect(parseAddress(writeAddress(address))).toEqual(address);
  });

  it('keeps commas and colons readable and leaves out what is empty', () => {
    const text = writeAddress({ path: ['run', 'x'], query: { select: 'sample:1', step: '' } });
    expect(text).toBe('#/run/x?select=sample:1');
  });

  it('takes damaged escapes as they are', () => {
    expect(parseAddress('#/run/%E0%A4%A/loss').path).toEqual(['run', '%E0%A4%A', 'loss']);
  });
});

describe('the selection as text', () => {
  const back = (kind: string, ids: (number | string)[]) =>
    selectionFromText(selectionToText([[kind, new Set(ids)]]));

  it('keeps numbers numbers and texts texts', () => {
    expect(back('sample', [7, 3, 4, 5])).toEqual([['sample', [3, 4, 5, 7]]]);
    expect(back('class', ['7', 'cat, dog:1.5~%'])).toEqual([['class', ['7', 'cat, dog:1.5~%']]]);
    expect(back('layer', ['conv1/kernel', 'a.b'])).toEqual([['layer', ['conv1/kernel', 'a.b']]]);
  });

  it('writes neighbours as ranges', () => {
    expect(selectionToText([['sample', new Set([9, 1, 2, 3])]])).toBe('sample:1-3.9');
  });

  it('holds several kinds', () => {
    const text = selectionToText([
      ['sample', new Set([1])],
      ['class', new Set(['cat'])],
    ]);
    expect(selectionFromText(text)).toEqual([
      ['sample', [1]],
      ['class', ['cat']],
    ]);
  });

  it('does not follow ranges that nobody wrote', () => {
    expect(selectionFromText('sample:5-1')).toEqual([['sample', []]]);
    expect(selectionFromText('sample:0-99999999999')).toEqual([['sample', []]]);
    expect(selectionFromText('nonsense')).toEqual([]);
  });
});

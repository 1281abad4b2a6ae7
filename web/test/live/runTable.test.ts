import { describe, expect, it } from 'vitest';

import { sharedTags } from '../../src/live/actions';
import { columnsOf, defaultColumns, importance, sorted } from '../../src/live/columns';
import { parseQuery, termsOf } from '../../src/live/runQuery';
import { since } from '../../src/live/since';
import type { Row } from '../../src/live/types';

function row(id: string, more: Partial<Row> = {}): Row {
  return {
    id,
    name: id,
    path: id,
    kind: 'run',
    status: 'finished',
    created: 0,
    updated: 0,
    tags: [],
    config: {},
    last: {},
    last_step: 1,
    version: 1,
    archived: false,
    fault: '',
    ...more,
  };
}

const rows = [
  row('alpha', { tags: ['best'], config: { lr: 0.1, 'opt.name': 'adam' }, last: { val_loss: 0.5 } }),
  row('beta', { status: 'running', config: { lr: 0.01, 'opt.name': 'sgd' }, last: { val_loss: NaN } }),
  row('gamma 10', { config: { lr: 0.001, 'opt.name': 'adam' }, last: { val_loss: 0.2 } }),
];

const find = (query: string) => rows.filter(parseQuery(query)).map(({ id }) => id);

describe('searching', () => {
  it.each([
    ['', ['alpha', 'beta', 'gamma 10']],
    ['ALPHA', ['alpha']],
    ['tag:best', ['alpha']],
    ['status:live', ['beta']],
    ['-status:running', ['alpha', 'gamma 10']],
    ['lr<0.1', ['beta', 'gamma 10']],
    ['lr<=0.1 opt.name=adam', ['alpha', 'gamma 10']],
    ['name=adam', ['alpha', 'gamma 10']],
    ['val_loss>0', ['alpha', 'gamma 10']],
    ['lr!=0.1', ['beta', 'gamma 10']],
    ['"gamma 10"', ['gamma 10']],
    ['unknown<5', []],
  ])('%s', (query, expected) => expect(find(query)).toEqual(expected));

  it('splits at spaces outside quotes', () => {
    expect(termsOf('one "two three" four:"five six"')).toEqual(['one', 'two three', 'four:five six']);
  });
});

describe('columns', () => {
  const columns = columnsOf(rows, (kind) => kind);

  it('show the settings that differ and the metrics people look for', () => {
    const shown = defaultColumns(rows, columns);
    expect(shown).toContain('config:lr');
    expect(shown).toContain('last:val_loss');
    expect(shown).toContain('tags');
    expect(importance('val_loss')).toBeGreaterThan(importance('loss'));
    expect(importance('loss')).toBeGreaterThan(importance('gradient_norm/conv1'));
  });

  it('put missing values last whichever way they are sorted', () => {
    const metric = columns.find(({ key }) => key === 'last:val_loss')!;
    const ids = (descending: boolean) => sorted(rows, metric, descending).map(({ id }) => id);
    expect(ids(false)).toEqual(['gamma 10', 'alpha', 'beta']);
    expect(ids(true)).toEqual(['alpha', 'gamma 10', 'beta']);
  });
});

describe('since', () => {
  it.each([
    [5, [5, 'second']],
    [90, [1, 'minute']],
    [7300, [2, 'hour']],
    [3 * 86_400, [3, 'day']],
    [-5, [0, 'second']],
  ])('%i seconds', (passed, expected) => expect(since(1e9 - passed, 1e9)).toEqual(expected));
});

describe('tags', () => {
  it('are those that all runs have, while one edits several', () => {
    const runs = [row('one', { tags: ['a', 'b'] }), row('other', { tags: ['b', 'c'] })];
    expect(sharedTags(runs)).toEqual(['b']);
    expect(sharedTags(runs.slice(1))).toEqual(['b', 'c']);
    expect(sharedTags([])).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';

import { en } from '../src/words/en';
import { inChinese } from '../src/words/glossary';
import type { Figure } from '../src/data/types';
import { language, preferred } from '../src/words/language.svelte';
import { inLanguage } from '../src/words/term';
import { zh } from '../src/words/zh';

/** Every text of a language with its path; functions are called with plausible values. */
function texts(held: unknown, path = ''): [string, string][] {
  if (typeof held === 'string') return [[path, held]];
  if (Array.isArray(held)) return held.flatMap((each, i) => texts(each, `${path}.${i}`));
  if (held && typeof held === 'object') {
    return Object.entries(held).flatMap(([key, each]) => texts(each, `${path}.${key}`));
  }
  return [];
}

describe('the two languages', () => {
  it('say the same things, each in its own words', () => {
    const english = new Map(texts(en));
    const chinese = new Map(texts(zh));
    expect([...chinese.keys()]).toEqual([...english.keys()]);
    const same = [...english].filter(([path, text]) => /[a-z]{3}/.test(text) && chinese.get(path) === text);
    // Names of keys on a keyboard are what they are.
    expect(same.filter(([path]) => !path.startsWith('.keys'))).toEqual([]);
  });

  it('have no empty text', () => {
    for (const [path, text] of [...texts(en), ...texts(zh)]) expect(text, path).not.toBe('');
  });

  it('count in their own way', () => {
    expect(en.runsCount(1)).toBe('1 run');
    expect(en.ofKind('class', 2)).toBe('2 classes');
    expect(zh.ofKind('sample', 3)).toBe('3 个样本');
  });
});

describe('the glossary', () => {
  it.each([
    ['loss', '损失'],
    ['accuracy', '准确率'],
    ['Confusion matrix of the test samples', '测试样本的混淆矩阵'],
    ['Weights of conv1/kernel', 'conv1/kernel 的权重'],
    ['gradient norm', '梯度范数'],
    ['my own metric', 'my own metric'],
    ['constructor', 'constructor'],
    [
      'This picture could not be made. `a/b.parquet` of run `x` must be whole to be read; its bytes are not ' +
        'those that were written (CRC32 0a, not 1b). Restore it from a copy, or use another step.',
      '无法生成此图。`a/b.parquet`（运行 `x`）已损坏，无法读取：字节与写入时不同（CRC32 为 0a，应为 1b）。请从副本恢复，或使用其他步。',
    ],
    [
      "`id` must be the id of a run below `/runs`; got 'x'. It was moved or deleted, or this page is of " +
        'another folder: go back to the list.',
      "`/runs` 中没有编号为 'x' 的运行。它可能已被移动或删除，或者此页面属于另一个文件夹：请返回列表。",
    ],
  ])('%s', (text, expected) => expect(inChinese(text)).toBe(expected));
});

describe('the language of the browser', () => {
  it.each([
    [['zh-CN', 'en'], 'zh'],
    [['fr', 'zh-TW'], 'zh'],
    [['en-GB', 'zh'], 'en'],
    [['de'], 'en'],
    [[], 'en'],
  ] as const)('%j', (languages, expected) => expect(preferred(languages)).toBe(expected));
});

describe('a figure in Chinese', () => {
  it('leaves the names of layers as they are', () => {
    language.current = 'zh';
    const ids = (kind: string) => ({ kind, values: { kind: 'text', data: ['output'], shape: [1] }, elements: null });
    const labelOf = (kind: string) => {
      const mark = { type: 'line', label: 'output', band_label: '', ids: ids(kind) };
      const figure = { type: 'figure', title: '', note: '', panels: [{ type: 'panel', marks: [mark], x: null, y: null, title: '', note: '' }] };
      const [shown] = inLanguage(figure as unknown as Figure).panels[0]!.marks;
      return shown!.type === 'line' && shown!.label;
    };
    expect([labelOf('layer'), labelOf('parameter'), labelOf('row')]).toEqual(['output', 'output', '输出']);
    language.current = 'en';
  });
});

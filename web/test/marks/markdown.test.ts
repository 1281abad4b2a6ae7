import { describe, expect, test } from 'vitest';
import { inlines, looksFormatted, parse, type Block, type Inline } from '../../src/marks/free/markdown';

/** The tree as short text. */
function said(parts: readonly Inline[]): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'code') return `<code>${part.text}</code>`;
      if (part.kind === 'break') return '<br>';
      if (part.kind === 'image') return `<img ${part.text}|${part.url}>`;
      if (part.kind === 'link') return `<a ${part.url}>${said(part.inside)}</a>`;
      return `<${part.kind}>${said(part.inside)}</${part.kind}>`;
    })
    .join('');
}

function drawn(blocks: readonly Block[]): string[] {
  return blocks.map((block) => {
    if (block.kind === 'heading') return `h${block.level}:${said(block.inside)}`;
    if (block.kind === 'paragraph') return `p:${said(block.inside)}`;
    if (block.kind === 'code') return `code:${block.text}`;
    if (block.kind === 'quote') return `quote[${drawn(block.blocks)}]`;
    if (block.kind === 'list') return `${block.start ?? 'ul'}[${block.items.map((item) => drawn(item).join('+')).join(' ')}]`;
    if (block.kind === 'rule') return 'rule';
    const rows = [block.head, ...block.rows].map((row) => row.map(said).join(','));
    return `table(${block.aligns.map((align) => align ?? '-')})[${rows.join(';')}]`;
  });
}

describe('inside a line', () => {
  test.each([
    ['plain_name and other_name', 'plain_name and other_name'],
    ['**bold** and *em* and __too__ and _so_', '<strong>bold</strong> and <em>em</em> and <strong>too</strong> and <em>so</em>'],
    ['***both***', '<strong><em>both</em></strong>'],
    ['**a *b* c**', '<strong>a <em>b</em> c</strong>'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['a**', 'a**'],
    ['**open', '**open'],
    ['~~gone~~', '<del>gone</del>'],
    ['`a*b*` and ``x`y``', '<code>a*b*</code> and <code>x`y</code>'],
    ['`open', '`open'],
    ['\\*not\\* \\q', '*not* \\q'],
    ['one\ntwo', 'one<br>two'],
    ['[a *b*](https://x.y/(z))', '<a https://x.y/(z)>a <em>b</em></a>'],
    ['[a](u "title")', '<a u>a</a>'],
    ['![alt](u.png)', '<img alt|u.png>'],
    ['[not] (a link) [nor](this', '[not] (a link) [nor](this'],
    ['Größe *größer* _größte_', 'Größe <em>größer</em> <em>größte</em>'],
  ])('%s', (text, wanted) => {
    expect(said(inlines(text))).toBe(wanted);
  });
});

describe('blocks', () => {
  test.each([
    ['# One\n\n### Three ###\ntext\nmore', ['h1:One', 'h3:Three', 'p:text<br>more']],
    ['Title\n=====\nSub\n---\nx', ['h1:Title', 'h2:Sub', 'p:x']],
    ['#hashtag', ['p:#hashtag']],
    ['- a\n- b\n  - c\n- d', ['ul[p:a p:b+ul[p:c] p:d]']],
    ['3. a\n4. b', ['3[p:a p:b]']],
    ['- a\n* b', ['ul[p:a]', 'ul[p:b]']],
    ['- a\n  goes on\nand on\n\nnot', ['ul[p:a<br>goes on<br>and on]', 'p:not']],
    ['```py\nx = 1\n# no heading\n```\nafter', ['code:x = 1\n# no heading', 'p:after']],
    ['```\nopen', ['code:open']],
    ['    x = 1\n\n    y = 2\n', ['code:x = 1\n\ny = 2']],
    ['> a\n> > b', ['quote[p:a,quote[p:b]]']],
    ['---\n***\n_ _ _', ['rule', 'rule', 'rule']],
    ['|a|b|\n|:-|-:|\n|1|`x\\|y`|\n|2|', ['table(left,right)[a,b;1,<code>x|y</code>;2,]']],
    ['|param|value|\n|-|-|\n|lr|0.1|', ['table(-,-)[param,value;lr,0.1]']],
    ['a | b\nc | d', ['p:a | b<br>c | d']],
    ['', []],
  ])('%j', (text, wanted) => {
    expect(drawn(parse(text))).toEqual(wanted);
  });
});

test('what is no Markdown is not taken for it', () => {
  for (const text of ['loss: 0.5\nacc: 0.9', 'def f(a, *args, **kw): pass', 'a - b', '1. only', 'x_1 * x_2', '<b>hi</b>'])
    expect(looksFormatted(text), text).toBe(false);
  for (const text of ['# Title', '```\nx\n```', '|a|b|\n|-|-|', '- a\n- b', '**bold**', '[a](b)', '1. a\n2. b'])
    expect(looksFormatted(text), text).toBe(true);
});

test('every letter of a text without signs stays', () => {
  const text = 'ABC <script>alert(1)</script> & "x" 日本語';
  expect(drawn(parse(text))).toEqual([`p:${text}`]);
});

/** How many parts a tree has. */
function size(blocks: readonly Block[]): number {
  const ofInlines = (parts: readonly Inline[]): number =>
    parts.reduce((sum, part) => sum + 1 + ('inside' in part ? ofInlines(part.inside) : 0), 0);
  return blocks.reduce((sum, block) => {
    if ('inside' in block) return sum + 1 + ofInlines(block.inside);
    if (block.kind === 'quote') return sum + 1 + size(block.blocks);
    if (block.kind === 'list') return sum + 1 + block.items.reduce((all, item) => all + 1 + size(item), 0);
    return sum + 1 + (block.kind === 'table' ? block.rows.flat().length : 0);
  }, 0);
}

test.each([
  '*a ', '**a', '_', '[', '[](', '`', '`a``', '> ', '- ', '# ', '|', '|-', '\n', '![', '1. a\n', '  - a\n', '*_~`[',
  '\\', 'a|b\n-|-\n', '(', '>', '***', '<', '&amp;',
])('%j many times is a tree no larger than the text', (sign) => {
  const text = sign.repeat(3000);
  looksFormatted(text);
  expect(size(parse(text))).toBeLessThanOrEqual(text.length + 1);
});

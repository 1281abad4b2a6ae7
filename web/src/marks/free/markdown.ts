/** Texts in Markdown as a tree of plain parts: nothing of it is ever taken for HTML.

What is read: headings, paragraphs, lists, tables, code, quotes, rules; strong and emphasised text,
links and images (both only as words: nothing is followed or loaded). Everything else stays as it is
written. Each letter is looked at a few times at most, whatever the text. */

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong'; inside: Inline[] }
  | { kind: 'em'; inside: Inline[] }
  | { kind: 'del'; inside: Inline[] }
  | { kind: 'link'; inside: Inline[]; url: string }
  | { kind: 'image'; text: string; url: string }
  | { kind: 'break' };

export type Align = 'left' | 'center' | 'right' | undefined;

export type Block =
  | { kind: 'heading'; level: number; inside: Inline[] }
  | { kind: 'paragraph'; inside: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'quote'; blocks: Block[] }
  | { kind: 'list'; start: number | null; items: Block[][] }
  | { kind: 'table'; aligns: Align[]; head: Inline[][]; rows: Inline[][][] }
  | { kind: 'rule' };

/** Longer texts are shown as they are written. */
export const LONGEST = 50_000;
/** What is nested deeper stays as it is written. */
const DEEPEST = 8;

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?: |\t|$)/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|(\d{1,9})[.)])(?: +(?=\S)| *$)/;
const DELIMITER = /^:?-+:?$/;
const CODE = /^(?: {4}|\t)/;

const SIGNS_OF_FORMAT = [
  /^ {0,3}#{1,6} +\S/m,
  /^ {0,3}(?:`{3}|~{3})/m,
  /^ {0,3}\|?(?: {0,9}:?-{1,99}:? {0,9}\|){1,99}/m,
  /^ {0,3}[-*+] +\S.{0,999}\n(?: {0,3}[-*+] | {2,9}\S)/m,
  /^ {0,3}1[.)] +\S.{0,999}\n {0,3}2[.)] /m,
  /\*\*[^\s*][^*\n]{0,200}\*\*/,
  /\[[^\][\n]{1,200}\]\([^()\n]{1,200}\)/,
];

/** Whether a text seems to be meant as Markdown. */
export function looksFormatted(text: string): boolean {
  return text.length <= LONGEST && SIGNS_OF_FORMAT.some((sign) => sign.test(text));
}

export function parse(text: string): Block[] {
  return blocksOf(text.replace(/\r\n?/g, '\n').split('\n'), 0);
}

function blocksOf(lines: readonly string[], depth: number): Block[] {
  if (depth > DEEPEST) return [{ kind: 'paragraph', inside: plain(lines.join('\n')) }];
  const found: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at]!;
    const next = isBlank(line) ? null : (READERS.find(([opens]) => opens(lines, at)) ?? PARAGRAPH);
    at = next ? next[1](lines, at, depth, found) : at + 1;
  }
  return found;
}

/** Whether a block begins at a line, and what reads it: it gives the line behind it. */
type Reader = readonly [
  opens: (lines: readonly string[], at: number) => boolean,
  read: (lines: readonly string[], at: number, depth: number, found: Block[]) => number,
];

const READERS: readonly Reader[] = [
  [(lines, at) => CODE.test(lines[at]!), readIndented],
  [(lines, at) => FENCE.test(lines[at]!), readFenced],
  [(lines, at) => HEADING.test(lines[at]!), readHeading],
  [
    (lines, at) => RULE.test(lines[at]!),
    (_, at, __, found) => {
      found.push({ kind: 'rule' });
      return at + 1;
    },
  ],
  [(lines, at) => QUOTE.test(lines[at]!), readQuote],
  [(lines, at) => ITEM.test(lines[at]!), readList],
  [isTable, readTable],
];
const PARAGRAPH: Reader = [() => true, readParagraph];

function readIndented(lines: readonly string[], at: number, _: number, found: Block[]): number {
  let end = at;
  while (end < lines.length && (CODE.test(lines[end]!) || isBlank(lines[end]!))) end += 1;
  const text = lines.slice(at, end).map((line) => line.replace(CODE, ''));
  found.push({ kind: 'code', text: text.join('\n').trimEnd() });
  return end;
}

function readFenced(lines: readonly string[], at: number, _: number, found: Block[]): number {
  const fence = FENCE.exec(lines[at]!)![1]!;
  let end = at + 1;
  while (end < lines.length && !closes(lines[end]!, fence)) end += 1;
  found.push({ kind: 'code', text: lines.slice(at + 1, end).join('\n') });
  return end + 1;
}

function closes(line: string, fence: string): boolean {
  const text = line.trim();
  return text.length >= fence.length && text === fence[0]!.repeat(text.length);
}

function readHeading(lines: readonly string[], at: number, _: number, found: Block[]): number {
  const signs = HEADING.exec(lines[at]!)![1]!;
  const text = lines[at]!.trim().slice(signs.length).trim();
  const end = text.search(/(?:^| )#+$/);
  found.push({
    kind: 'heading',
    level: signs.length,
    inside: inlines(end < 0 ? text : text.slice(0, end)),
  });
  return at + 1;
}

function readQuote(lines: readonly string[], at: number, depth: number, found: Block[]): number {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end]!)) end += 1;
  const inside = lines.slice(at, end).map((line) => line.replace(QUOTE, ''));
  found.push({ kind: 'quote', blocks: blocksOf(inside, depth + 1) });
  return end;
}

function readList(lines: readonly string[], at: number, depth: number, found: Block[]): number {
  const first = ITEM.exec(lines[at]!)!;
  const items: Block[][] = [];
  let end = at;
  while (end < lines.length) {
    const item = ITEM.exec(lines[end]!);
    if (!item || kindOf(item) !== kindOf(first) || RULE.test(lines[end]!)) break;
    const indent = item[0].length;
    const inside = [lines[end]!.slice(indent)];
    end += 1;
    while (end < lines.length && belongs(lines, end, indent)) {
      inside.push(dedented(lines[end]!, indent));
      end += 1;
    }
    items.push(blocksOf(inside, depth + 1));
  }
  found.push({ kind: 'list', start: first[3] ? Number(first[3]) : null, items });
  return end;
}

/** The sign of an item, but not its number: another sign begins another list. */
function kindOf(item: RegExpExecArray): string {
  return item[2]!.at(-1)!;
}

/** Whether a line goes on with the item above it. */
function belongs(lines: readonly string[], at: number, indent: number): boolean {
  const line = lines[at]!;
  if (isBlank(line)) return at + 1 < lines.length && indentOf(lines[at + 1]!) >= Math.min(indent, 2);
  if (indentOf(line) >= Math.min(indent, 2)) return true;
  return !isBlank(lines[at - 1]!) && !beginsBlock(lines, at);
}

function dedented(line: string, indent: number): string {
  return line.slice(Math.min(indent, indentOf(line)));
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function isTable(lines: readonly string[], at: number): boolean {
  if (at + 1 >= lines.length || !lines[at]!.includes('|') || !lines[at + 1]!.includes('-')) return false;
  const delimiters = cellsOf(lines[at + 1]!);
  return (
    lines[at + 1]!.includes('|') &&
    delimiters.every((cell) => DELIMITER.test(cell)) &&
    delimiters.length === cellsOf(lines[at]!).length
  );
}

function readTable(lines: readonly string[], at: number, _: number, found: Block[]): number {
  const aligns = cellsOf(lines[at + 1]!).map(alignOf);
  let end = at + 2;
  while (end < lines.length && !isBlank(lines[end]!) && lines[end]!.includes('|')) end += 1;
  const rows = lines.slice(at + 2, end).map((line) => {
    const cells = cellsOf(line);
    return aligns.map((_, column) => inlines(cells[column] ?? ''));
  });
  found.push({ kind: 'table', aligns, head: cellsOf(lines[at]!).map((cell) => inlines(cell)), rows });
  return end;
}

function alignOf(cell: string): Align {
  if (cell.endsWith(':')) return cell.startsWith(':') ? 'center' : 'right';
  return cell.startsWith(':') ? 'left' : undefined;
}

function cellsOf(line: string): string[] {
  const cells = ['']; // of which the text before the first bar is the first
  for (let at = 0; at < line.length; at += 1) {
    const escaped = line[at] === '\\' && line[at + 1] === '|';
    if (escaped) at += 1;
    if (line[at] === '|' && !escaped) cells.push('');
    else cells[cells.length - 1] += line[at]!;
  }
  const trimmed = cells.map((cell) => cell.trim());
  if (trimmed.length > 1 && trimmed[0] === '') trimmed.shift();
  if (trimmed.length > 1 && trimmed.at(-1) === '') trimmed.pop();
  return trimmed;
}

function readParagraph(lines: readonly string[], at: number, _: number, found: Block[]): number {
  let end = at + 1;
  let level = 0;
  while (end < lines.length && !isBlank(lines[end]!)) {
    const underline = UNDERLINE.exec(lines[end]!);
    if (underline) {
      level = underline[1]!.startsWith('=') ? 1 : 2;
      break;
    }
    if (beginsBlock(lines, end)) break;
    end += 1;
  }
  const inside = inlines(lines.slice(at, end).map((line) => line.trim()).join('\n'));
  found.push(level ? { kind: 'heading', level, inside } : { kind: 'paragraph', inside });
  return level ? end + 1 : end;
}

/** Whether a line ends the paragraph above it. Code has to be fenced for that. */
function beginsBlock(lines: readonly string[], at: number): boolean {
  return READERS.slice(1).some(([opens]) => opens(lines, at));
}

function isBlank(line: string): boolean {
  return line.trim() === '';
}

// Within a line

const ESCAPED = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;

function plain(text: string): Inline[] {
  return text
    .split('\n')
    .flatMap((line, place): Inline[] => [...(place ? [{ kind: 'break' } as const] : []), { kind: 'text', text: line }]);
}

export function inlines(text: string, depth = 0): Inline[] {
  return depth > DEEPEST ? plain(text) : new Line(text, depth).read();
}

class Line {
  #text: string;
  #depth: number;
  #at = 0;
  #written = '';
  #found: Inline[] = [];
  /** Signs that close nowhere behind here. */
  #open = new Set<string>();
  #brackets: Map<number, number>;

  constructor(text: string, depth: number) {
    this.#text = text;
    this.#depth = depth;
    this.#brackets = bracketsOf(text);
  }

  read(): Inline[] {
    while (this.#at < this.#text.length) {
      if (!this.#special(this.#text[this.#at]!)) {
        this.#written += this.#text[this.#at]!;
        this.#at += 1;
      }
    }
    this.#flush();
    return this.#found;
  }

  #special(sign: string): boolean {
    if (sign === '\\') return this.#escape();
    if (sign === '\n') return this.#push({ kind: 'break' }, this.#at + 1);
    if (sign === '`') return this.#code();
    if (sign === '*' || sign === '_') return this.#emphasis(sign);
    if (sign === '~' && this.#text[this.#at + 1] === '~') return this.#between('~~', 'del');
    if (sign === '!' && this.#text[this.#at + 1] === '[') return this.#link(this.#at + 1, true);
    return sign === '[' && this.#link(this.#at, false);
  }

  #flush(): void {
    if (this.#written) this.#found.push({ kind: 'text', text: this.#written });
    this.#written = '';
  }

  #push(part: Inline, behind: number): true {
    this.#flush();
    this.#found.push(part);
    this.#at = behind;
    return true;
  }

  #escape(): boolean {
    const next = this.#text[this.#at + 1] ?? '';
    if (!ESCAPED.test(next)) return false;
    this.#written += next;
    this.#at += 2;
    return true;
  }

  #run(sign: string, at: number): number {
    let end = at;
    while (this.#text[end] === sign) end += 1;
    return end - at;
  }

  #code(): boolean {
    const length = this.#run('`', this.#at);
    const ticks = '`'.repeat(length);
    const start = this.#at + length;
    let close = this.#open.has(ticks) ? -1 : this.#text.indexOf(ticks, start);
    while (close >= 0 && this.#run('`', close) !== length) {
      close = this.#text.indexOf(ticks, close + this.#run('`', close));
    }
    if (close < 0) {
      this.#open.add(ticks);
      this.#written += ticks;
      this.#at = start;
      return true;
    }
    const text = this.#text.slice(start, close).replaceAll('\n', ' ');
    const padded = text.startsWith(' ') && text.endsWith(' ') && text.trim() !== '';
    return this.#push({ kind: 'code', text: padded ? text.slice(1, -1) : text }, close + length);
  }

  #emphasis(sign: string): boolean {
    const length = this.#run(sign, this.#at);
    const before = this.#text[this.#at - 1] ?? ' ';
    // Underscores within words belong to names.
    const may = length <= 3 && !(sign === '_' && WORD.test(before));
    if (may && length >= 2 && this.#between(sign.repeat(2), 'strong')) return true;
    if (may && length !== 2 && this.#between(sign, 'em')) return true;
    this.#written += this.#text.slice(this.#at, this.#at + length);
    this.#at += length;
    return true;
  }

  #between(mark: string, kind: 'strong' | 'em' | 'del'): boolean {
    const start = this.#at + mark.length;
    if (this.#open.has(mark) || /\s/.test(this.#text[start] ?? ' ')) return false;
    const close = this.#close(mark, start);
    if (close < 0) {
      this.#open.add(mark);
      return false;
    }
    const inside = inlines(this.#text.slice(start, close), this.#depth + 1);
    return this.#push({ kind, inside }, close + mark.length);
  }

  /** Find where a mark closes: a run of its sign behind something that is no space. */
  #close(mark: string, start: number): number {
    const sign = mark[0]!;
    let at = this.#text.indexOf(mark, start);
    while (at >= 0) {
      const length = this.#run(sign, at);
      const follows = this.#text[at + length] ?? ' ';
      const fits = length === mark.length || length === 3;
      const isWordEnd = sign !== '_' || !WORD.test(follows);
      if (at > start && fits && isWordEnd && !/\s/.test(this.#text[at - 1]!)) return at + length - mark.length;
      at = this.#text.indexOf(mark, at + length);
    }
    return -1;
  }

  #link(open: number, isImage: boolean): boolean {
    const close = this.#brackets.get(open);
    if (close === undefined || this.#text[close + 1] !== '(') return false;
    const end = this.#brackets.get(close + 1);
    if (end === undefined) return false;
    const url = this.#text.slice(close + 2, end).trim().split(/\s/)[0]!;
    const text = this.#text.slice(open + 1, close);
    const part: Inline = isImage
      ? { kind: 'image', text, url }
      : { kind: 'link', inside: inlines(text, this.#depth + 1), url };
    return this.#push(part, end + 1);
  }
}

/** Where each bracket closes. */
function bracketsOf(text: string): Map<number, number> {
  const found = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]!;
    if (sign === '\\') at += 1;
    else if (sign === '[' || sign === '(') open.push(at);
    else if (sign === ']' || sign === ')') {
      const last = open.at(-1);
      if (last !== undefined && text[last] === (sign === ']' ? '[' : '(')) {
        found.set(last, at);
        open.pop();
      }
    }
  }
  return found;
}

/**
 * Sentences with gaps, in two languages. In what is read, `{name}` is any text and `{#name}` a
 * number, `sample(s)` one or many, `[is|are]` one of several words; in what is written, `{name}` is
 * the text as it was, `{name*}` the text in the other language, and `{name+}` names people gave, which
 * stay, of which more are counted than listed.
 */

export type Pair = readonly [read: string, write: string];
type Translate = (text: string) => string;

/** How a list of names ends of which only the first are written. */
const MORE = / and ([\d,]+) more$/;

interface Pattern {
  expression: RegExp;
  names: readonly string[];
  write: string;
}

const NUMBER = String.raw`([-+−]?[\d.,]*\d(?:e[-+]?\d+)?%?|infinity)`;

export class Patterns {
  #patterns: readonly Pattern[];

  constructor(pairs: readonly Pair[]) {
    // What says more of itself fits better: "{n} of {all} right" before "{n} of {all}".
    const said = ([read]: Pair) => read.replace(/\{[^}]*\}/g, '').length;
    this.#patterns = [...pairs].sort((one, other) => said(other) - said(one)).map(compiled);
  }

  /** The sentence that fits best, written anew; null where none does. */
  write(text: string, translate: Translate): string | null {
    for (const { expression, names, write } of this.#patterns) {
      const match = expression.exec(text);
      if (!match) continue;
      const held = new Map(names.map((name, i) => [name, match[i + 1]!]));
      return write.replace(/\{(\w+)([*+]?)\}/g, (gap, name: string, how: string) => {
        const found = held.get(name);
        if (found === undefined) return gap;
        if (how === '+') return found.replace(MORE, ' 等（另 $1 项）');
        return how ? translate(found) : found;
      });
    }
    return null;
  }
}

function compiled([read, write]: Pair): Pattern {
  const names: string[] = [];
  const source = read
    .split(/(\{#?\w+\}|\(s\)|\[[^\]]*\|[^\]]*\])/)
    .map((part) => {
      if (part === '(s)') return 's?';
      if (part.startsWith('{')) {
        names.push(part.replace(/[{}#]/g, ''));
        return part.startsWith('{#') ? NUMBER : '(.+?)';
      }
      if (part.startsWith('[') && part.includes('|')) return `(?:${part.slice(1, -1).split('|').map(literal).join('|')})`;
      return literal(part);
    })
    .join('');
  return { expression: new RegExp(`^${source}$`, 's'), names, write };
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/** Where a sentence ends and the next begins. */
const BETWEEN = /(?<=[.!?。])\s+(?=[\p{Lu}\d`ρ]|[\w./-]+(?: \w+)?: )/u;

/** The sentences of a note. */
export function sentencesOf(text: string): string[] {
  return text.split(BETWEEN);
}

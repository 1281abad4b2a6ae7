/** Which language the page speaks: the reader's choice, or else the browser's. */

import { savedCopy } from '../state/savedCopy';
import { en, type Words } from './en';
import { zh } from './zh';

export type Language = 'en' | 'zh';

export const LANGUAGES: readonly { code: Language; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'zh', name: '中文' },
];

const KEPT = 'bathyscope.language';
const WORDS: Record<Language, Words> = { en, zh };

class LanguageState {
  #current = $state<Language>(kept() ?? preferred());

  get current(): Language {
    return this.#current;
  }

  set current(code: Language) {
    this.#current = code;
    if (savedCopy) return;
    try {
      localStorage.setItem(KEPT, code);
    } catch {
      // A page from a file may have no storage: the choice then lasts as long as the page.
    }
  }

  get words(): Words {
    return WORDS[this.#current];
  }
}

function kept(): Language | null {
  try {
    const code = savedCopy ? savedCopy.kept.language : localStorage.getItem(KEPT);
    return code === 'en' || code === 'zh' ? code : null;
  } catch {
    return null;
  }
}

/** The first language of the browser that the page speaks; English if there is none. */
export function preferred(languages: readonly string[] = globalThis.navigator?.languages ?? []): Language {
  for (const tag of languages) {
    const [primary] = tag.toLowerCase().split('-');
    if (primary === 'zh' || primary === 'en') return primary;
  }
  return 'en';
}

export const language = new LanguageState();

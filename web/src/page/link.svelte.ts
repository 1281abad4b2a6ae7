/**
 * The selection of a page that stands in a notebook, shared with the kernel. The page talks to the
 * notebook around it only where it was made with a token, and listens to nobody else.
 */

import { selection, type Id } from '../state/selection.svelte';
import { theme, type ThemeSetting } from '../state/theme.svelte';

interface Told {
  bathyscope?: string;
  selection?: Record<string, Id[]>;
  theme?: ThemeSetting;
}

const FIRST_MS = 200;
const LAST_MS = 20_000;

export function linkToNotebook(): void {
  const token = document.body.dataset.link;
  if (!token || window.parent === window) return;
  const tell = (content: object) => window.parent.postMessage({ bathyscope: token, ...content }, '*');
  let known = '{}';
  let answered = false;

  window.addEventListener('message', ({ source, data }: MessageEvent<Told | null>) => {
    if (source !== window.parent || data?.bathyscope !== token) return;
    answered = true;
    if (data.theme) theme.setting = data.theme;
    if (!data.selection) return;
    known = JSON.stringify(data.selection);
    if (known === JSON.stringify(selected())) return;
    selection.clear();
    for (const [kind, ids] of Object.entries(data.selection)) selection.set(kind, ids);
  });

  $effect.root(() => {
    $effect(() => {
      const now = selected();
      const text = JSON.stringify(now);
      if (text === known) return;
      known = text;
      tell({ selection: now });
    });
  });

  // The widget may come later than the page, or not at all.
  const greet = (wait: number) => {
    if (answered || wait > LAST_MS) return;
    tell({ hello: true });
    setTimeout(() => greet(2 * wait), wait);
  };
  greet(FIRST_MS);
}

function selected(): Record<string, Id[]> {
  return Object.fromEntries(selection.entries.map(([kind, ids]) => [kind, [...ids]]));
}

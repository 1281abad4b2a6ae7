import { mount } from 'svelte';

import App from './page/App.svelte';
import { readDocument } from './data/decode';
import { reasonOf } from './data/reason';
import { startLive } from './live/start';
import { readEpochs } from './page/epochs';
import { linkToNotebook } from './page/link.svelte';
import { useColors } from './state/colors';
import { cursor } from './state/cursor.svelte';
import { expose } from './state/inspect';
import { theme } from './state/theme.svelte';
import { language } from './words/language.svelte';
import './styles/page.css';

/** A page either holds a document, or asks a server for what is there now. */
async function start(): Promise<void> {
  const target = document.getElementById('app')!;
  try {
    if (document.body.dataset.live !== undefined) await startLive(target);
    else startReport(target);
  } catch (error) {
    target.textContent = language.words.cannotShowPage(reasonOf(error));
    target.setAttribute('role', 'alert');
    throw error;
  }
}

function startReport(target: HTMLElement): void {
  const content = readDocument();
  useColors(content.colors);
  theme.watch();
  const items = content.sections.flatMap((section) => section.items);
  cursor.run(items.flatMap((item) => (item.kind === 'film' ? item.steps : [])));
  cursor.epochs = readEpochs();
  expose({ document: content });
  target.replaceChildren();
  mount(App, { target, props: { content } });
  linkToNotebook();
}

void start();

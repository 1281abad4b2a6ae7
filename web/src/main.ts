import { mount } from 'svelte';

import App from './page/App.svelte';
import { readDocument } from './data/decode';
import { readEpochs } from './page/epochs';
import { useColors } from './state/colors';
import { cursor } from './state/cursor.svelte';
import { expose } from './state/inspect';
import { theme } from './state/theme.svelte';
import './styles/page.css';

function start(): void {
  const target = document.getElementById('app')!;
  try {
    const content = readDocument();
    useColors(content.colors);
    theme.watch();
    const items = content.sections.flatMap((section) => section.items);
    cursor.run(items.flatMap((item) => (item.kind === 'film' ? item.steps : [])));
    cursor.epochs = readEpochs();
    expose(content);
    target.replaceChildren();
    mount(App, { target, props: { content } });
  } catch (error) {
    target.textContent = `This page cannot be shown. ${error instanceof Error ? error.message : error}`;
    target.setAttribute('role', 'alert');
    throw error;
  }
}

start();

/** Begin a live page: colours first, since nothing can be drawn without them. */

import { mount } from 'svelte';

import { useColors } from '../state/colors';
import { expose } from '../state/inspect';
import { theme, type ThemeSetting } from '../state/theme.svelte';
import * as api from './api';
import { connection } from './connection.svelte';
import { readKept } from './kept';
import LiveApp from './LiveApp.svelte';
import { route } from './route.svelte';
import { runList } from './runList.svelte';

/** A list that is there so soon is drawn with the page, not after it. */
const SOON_MS = 60;

export async function startLive(target: HTMLElement): Promise<void> {
  const listed = runList.begin();
  useColors(await api.palettes());
  theme.setting = readKept<ThemeSetting>('theme', 'system');
  theme.watch();
  route.watch();
  expose({ live: { route, runList, connection } });
  await Promise.race([listed, new Promise((passed) => setTimeout(passed, SOON_MS))]);
  target.replaceChildren();
  mount(LiveApp, { target });
}

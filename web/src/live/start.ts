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

export async function startLive(target: HTMLElement): Promise<void> {
  useColors(await api.palettes());
  theme.setting = readKept<ThemeSetting>('theme', 'system');
  theme.watch();
  route.watch();
  expose({ live: { route, runList, connection } });
  target.replaceChildren();
  mount(LiveApp, { target });
}

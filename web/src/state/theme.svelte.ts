import type { Theme } from '../data/types';

export type { Theme };
export type ThemeSetting = Theme | 'system';

/** Light or dark: the reader's choice, or else what the system asks for. */
class ThemeState {
  setting = $state<ThemeSetting>('system');
  #system = $state<Theme>('light');

  get current(): Theme {
    return this.setting === 'system' ? this.#system : this.setting;
  }

  /** Follow the system from now on. */
  watch(): void {
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    this.#system = dark.matches ? 'dark' : 'light';
    dark.addEventListener('change', () => (this.#system = dark.matches ? 'dark' : 'light'));
  }
}

export const theme = new ThemeState();

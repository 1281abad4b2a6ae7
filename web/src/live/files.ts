/** What a picture can be taken away as; the server draws it. */

import { theme } from '../state/theme.svelte';
import { language } from '../words/language.svelte';
import type { MenuItem } from './Menu.svelte';

/**
 * @param address Of the picture: a path, with or without a query.
 * @param of Said before each, where a menu holds files of several.
 */
export function filesOf(address: string, of = ''): MenuItem[] {
  const [path, query] = address.split('?', 2);
  const look = new URLSearchParams(query);
  look.set('theme', theme.current);
  return ['PNG', 'SVG', 'CSV'].map((kind) => ({
    label: of + language.words.exportAs(kind),
    href: `${path}.${kind.toLowerCase()}?${look}`,
    apart: kind === 'PNG',
  }));
}

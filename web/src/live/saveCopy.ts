/** Save the page as it stands: the runs, the step, what is selected, and how it is arranged. */

import { download, fileName } from '../chart/picture';
import { cursor } from '../state/cursor.svelte';
import { language } from '../words/language.svelte';
import * as api from './api';
import { allKept } from './kept';
import { toast } from './toast.svelte';

/** The run that is open comes first. */
export async function saveCopy(runs: readonly string[], names: readonly string[]): Promise<void> {
  const { words } = language;
  toast.show(words.savingCopy);
  const kept = { ...allKept(), language: language.current };
  const query = new URLSearchParams({
    runs: runs.join(','),
    state: JSON.stringify({ hash: location.hash, kept }),
    ...(cursor.steps.length && { step: String(cursor.step) }),
  });
  const name = `${fileName(names.slice(0, 3).join(' '))}-page.html`;
  try {
    download(await api.copy(query), name);
    toast.show(words.savedCopy(name));
  } catch (error) {
    toast.fail(error);
  }
}

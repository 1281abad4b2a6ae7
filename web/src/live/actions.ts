/** What people do with runs: shown at once, told to the server, and taken back if it refuses. */

import { language } from '../words/language.svelte';
import * as api from './api';
import { runList } from './runList.svelte';
import { toast } from './toast.svelte';
import type { Row } from './types';

export async function renameRun(row: Row, name: string): Promise<void> {
  if (!name || name === row.name) return;
  if (await change([row], () => ({ name }))) {
    toast.show(language.words.renamed(name), () => void change([{ ...row, name }], () => ({ name: row.name })));
  }
}

/** Change the tags that all these runs have; what only some of them have stays. */
export async function setTags(rows: readonly Row[], text: string): Promise<void> {
  const tags = tagsOf(text);
  const shared = sharedTags(rows);
  const before = new Map(rows.map((row) => [row.id, row.tags]));
  const changed = (row: Row) => [...new Set([...tags, ...row.tags.filter((tag) => !shared.includes(tag))])];
  if (await change(rows, (row) => ({ tags: changed(row) }))) {
    toast.show(language.words.tagged(rows.length), () => void change(rows, (row) => ({ tags: before.get(row.id)! })));
  }
}

export async function setArchived(rows: readonly Row[], archived: boolean): Promise<void> {
  if (await change(rows, () => ({ archived }))) {
    const { words } = language;
    const said = archived ? words.archived(rows.length) : words.unarchived(rows.length);
    toast.show(said, () => void change(rows, () => ({ archived: !archived })));
  }
}

/** Move runs to the trash; undo brings them back. */
export async function removeRuns(rows: readonly Row[]): Promise<boolean> {
  for (const row of rows) runList.drop(row.id);
  if (!(await tell(rows, () => ({ deleted: true })))) return false;
  toast.show(language.words.removed(rows.length), () => void tell(rows, () => ({ deleted: false })));
  return true;
}

export function sharedTags(rows: readonly Row[]): readonly string[] {
  const [first, ...others] = rows;
  return first ? first.tags.filter((tag) => others.every((row) => row.tags.includes(tag))) : [];
}

export function tagsOf(text: string): string[] {
  return [...new Set(text.split(/[,，、]/).map((tag) => tag.trim()).filter(Boolean))];
}

type Change = (row: Row) => api.Changes;

async function change(rows: readonly Row[], changes: Change): Promise<boolean> {
  for (const row of rows) runList.patch(row.id, changes(row) as Partial<Row>);
  return tell(rows, changes);
}

async function tell(rows: readonly Row[], changes: Change): Promise<boolean> {
  let done = true;
  // What was done before is no longer what Undo would take back.
  toast.hide();
  try {
    for (const row of rows) await api.change(row.id, changes(row));
  } catch (error) {
    toast.fail(error);
    done = false;
  }
  void runList.load(!done);
  return done;
}

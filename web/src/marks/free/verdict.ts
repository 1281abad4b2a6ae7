import type { Verdict } from '../../data/types';

/** A verdict is told by a sign and a word, never by colour alone. */
export const SIGNS: Readonly<Record<Verdict, string>> = { '': '', right: '✓', wrong: '✗' };

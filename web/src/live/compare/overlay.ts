/** Curves of several runs in one picture: colour tells the run, the label says which curve. */

import type { Figure, Line, Panel } from '../../data/types';

export interface OfRun {
  run: string;
  /** Position among the runs compared: its colour. */
  place: number;
  figure: Figure;
}

/** Null if any of the figures holds something that is no curve: those stand side by side. */
export function overlay(all: readonly OfRun[]): Figure | null {
  if (all.length < 2 || !all.every(({ figure }) => figure.panels.every(isCurves))) return null;
  const titles = [...new Set(all.flatMap(({ figure }) => figure.panels.map(({ title }) => title)))];
  const panels = titles.map((title) => joined(title, all));
  const [{ figure }] = all as [OfRun];
  return { ...figure, panels, note: '', widths: [] };
}

function isCurves({ marks }: Panel): boolean {
  return marks.length > 0 && marks.every((mark) => mark.type === 'line');
}

function joined(title: string, all: readonly OfRun[]): Panel {
  const found = all.flatMap(({ run, place, figure }) => {
    const panel = figure.panels.find((each) => each.title === title);
    return panel ? [{ run, place, panel }] : [];
  });
  const several = found.some(({ panel }) => new Set(labelsOf(panel)).size > 1);
  const marks = found.flatMap(({ run, place, panel }) =>
    (panel.marks as readonly Line[]).map((mark) => ({
      ...mark,
      label: several && mark.label ? `${run}: ${mark.label}` : run,
      tone: place,
    })),
  );
  return { ...found[0]!.panel, marks, note: '' };
}

function labelsOf(panel: Panel): string[] {
  return (panel.marks as readonly Line[]).map(({ label }) => label);
}

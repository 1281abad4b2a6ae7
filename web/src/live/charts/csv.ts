/** The points of a chart as text that spreadsheets and programs read. */

import type { ChartSeries } from './chartPanel';

export function csvOf(all: readonly ChartSeries[]): string {
  const lines = ['run,metric,step,value,time'];
  for (const { run, metric, series } of all) {
    const names = `${quoted(run)},${quoted(metric)}`;
    for (let i = 0; i < series.step.length; i++) {
      lines.push(`${names},${series.step[i]},${series.value[i]},${series.time[i]}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A text that begins like a formula must not be run as one by a spreadsheet. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

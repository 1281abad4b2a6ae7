/** How the charts are drawn, as text for the address: `x:time,smoothing:0.6`. */

import type { ChartOptions, Horizontal } from './chartPanel';

export const HORIZONTALS: readonly Horizontal[] = ['step', 'epoch', 'time'];
export const DEFAULTS: ChartOptions = { x: 'step', smoothing: 0, log: false, clip: false, mean: false };
/** At 1 nothing but the first value would count. */
export const MOST_SMOOTHING = 0.99;

/** Only what is not as by default. */
export function optionsToText(options: ChartOptions): string {
  const keys = Object.keys(DEFAULTS) as (keyof ChartOptions)[];
  return keys
    .filter((key) => options[key] !== DEFAULTS[key])
    .map((key) => `${key}:${Number(options[key]) || options[key]}`)
    .join(',');
}

export function optionsFromText(text: string): ChartOptions {
  const said = new Map(text.split(',').map((part) => part.split(':', 2) as [string, string | undefined]));
  const smoothing = Number(said.get('smoothing') ?? 0);
  return {
    x: HORIZONTALS.find((each) => each === said.get('x')) ?? DEFAULTS.x,
    smoothing: smoothing >= 0 && smoothing <= MOST_SMOOTHING ? smoothing : DEFAULTS.smoothing,
    log: said.get('log') === '1',
    clip: said.get('clip') === '1',
    mean: said.get('mean') === '1',
  };
}

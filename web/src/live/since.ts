/** How long ago something was, as one number and one unit. */

const UNITS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

export function since(seconds: number, now = Date.now() / 1000): [value: number, unit: Intl.RelativeTimeFormatUnit] {
  const passed = Math.max(0, now - seconds);
  const [unit, size] = UNITS.find(([, each]) => passed >= each) ?? UNITS.at(-1)!;
  return [Math.floor(passed / size), unit];
}

/** Numbers at the two ends of an axis. */

import { formatValue } from '../../chart/format';

export function ticksText([low, high]: readonly [number, number]): readonly [string, string] {
  const short = (value: number) => formatValue(Number(value.toPrecision(3)));
  return [short(low), short(high)];
}

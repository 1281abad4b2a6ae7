/** A point in space in words: its class or number, and its coordinates. */

import { formatValue } from '../../chart/format';
import type { Points3D, Theme } from '../../data/types';
import { categoricalColor, scaleColor, toneColor } from '../../state/colors';
import type { TooltipLine } from '../../state/tooltip.svelte';

export function linesOf(mark: Points3D, i: number, theme: Theme): TooltipLine[] {
  const places = [mark.x, mark.y, mark.z].map((values, side) => ({
    label: mark.axes[side]!,
    value: formatValue(values.data[i]!),
  }));
  return [...colorLine(mark, i, theme), ...places];
}

function colorLine({ color }: Points3D, i: number, theme: Theme): TooltipLine[] {
  if (color?.type === 'categories') {
    const code = color.codes.data[i]!;
    const swatch = code < 0 ? toneColor('muted', theme) : categoricalColor(code, theme);
    return [{ label: color.label || 'class', value: color.names[code] ?? 'none', color: swatch }];
  }
  if (color?.type === 'continuous') {
    const value = color.values.data[i]!;
    const swatch = `rgb(${scaleColor(color.scale, value, theme).join(' ')})`;
    const unit = color.scale.unit ? ` ${color.scale.unit}` : '';
    return [{ label: color.scale.label || 'value', value: formatValue(value) + unit, color: swatch }];
  }
  return [];
}

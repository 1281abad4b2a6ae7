/** The ink, black or white, that is read best on a colour. */
export function inkOn(color: readonly number[]): '#000' | '#fff' {
  const light = luminance(color);
  const onBlack = (light + 0.05) / 0.05;
  const onWhite = 1.05 / (light + 0.05);
  return onBlack >= onWhite ? '#000' : '#fff';
}

/** Relative luminance of an sRGB colour, as WCAG 2.2 defines it. */
function luminance(color: readonly number[]): number {
  const [r, g, b] = color.map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

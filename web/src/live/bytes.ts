const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** Write a size in decimal units, with two digits that tell. */
export function inBytes(size: number): string {
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && size < 9.95 ? 1 : 0;
  return `${size.toFixed(digits)} ${UNITS[unit]}`;
}

/** Widths of texts in the page's font, in CSS pixels. */

let ruler: CanvasRenderingContext2D | null = null;

export function textWidth(text: string, size: number, weight: 400 | 600): number {
  ruler ??= document.createElement('canvas').getContext('2d')!;
  ruler.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  return ruler.measureText(text).width;
}

/** One row of a tooltip. */
export interface TooltipLine {
  label?: string;
  value: string;
  /** A swatch before the label. */
  color?: string;
}

export interface TooltipContent {
  /** Where, in CSS pixels of the window. */
  x: number;
  y: number;
  title?: string;
  lines: TooltipLine[];
  /** A picture of what is pointed at. */
  image?: HTMLCanvasElement;
}

/** The one tooltip of the page. */
class Tooltip {
  content = $state.raw<TooltipContent | null>(null);

  show(content: TooltipContent): void {
    this.content = content;
  }

  hide(): void {
    this.content = null;
  }
}

export const tooltip = new Tooltip();

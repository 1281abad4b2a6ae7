/**
 * What a canvas is told to draw, written down as SVG: the same code paints the screen and the file.
 * It knows the part of `CanvasRenderingContext2D` that scenes are painted with.
 */

type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

interface State {
  fillStyle: string;
  strokeStyle: string;
  globalAlpha: number;
  lineWidth: number;
  lineJoin: string;
  lineCap: string;
  font: string;
  textAlign: string;
  textBaseline: string;
  imageSmoothingEnabled: boolean;
  dash: readonly number[];
  matrix: Matrix;
  /** Groups opened since the state was saved: they end with it. */
  groups: number;
}

const FIRST: State = {
  fillStyle: '#000000',
  strokeStyle: '#000000',
  globalAlpha: 1,
  lineWidth: 1,
  lineJoin: 'miter',
  lineCap: 'butt',
  font: '10px sans-serif',
  textAlign: 'start',
  textBaseline: 'alphabetic',
  imageSmoothingEnabled: true,
  dash: [],
  matrix: [1, 0, 0, 1, 0, 0],
  groups: 0,
};

const ANCHORS: Readonly<Record<string, string>> = { center: 'middle', right: 'end', end: 'end' };
const BASELINES: Readonly<Record<string, string>> = {
  top: 'text-before-edge',
  middle: 'central',
  bottom: 'text-after-edge',
};

class SvgPainter {
  #state: State = FIRST;
  #stack: State[] = [];
  #path = '';
  #out: string[] = [];
  #clips = 0;
  /** Knows how wide texts are, and what colours are called. */
  #real = document.createElement('canvas').getContext('2d')!;

  readonly canvas = this.#real.canvas;

  written(width: number, height: number): string {
    const size = `width="${number(width)}" height="${number(height)}" viewBox="0 0 ${number(width)} ${number(height)}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${this.#out.join('\n')}\n</svg>\n`;
  }

  save(): void {
    this.#stack.push(this.#state);
    this.#state = { ...this.#state, groups: 0 };
  }

  restore(): void {
    const before = this.#stack.pop();
    if (!before) return;
    this.#out.push(...Array<string>(this.#state.groups).fill('</g>'));
    this.#state = before;
  }

  translate(x: number, y: number): void {
    this.#transform([1, 0, 0, 1, x, y]);
  }

  rotate(angle: number): void {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.#transform([cos, sin, -sin, cos, 0, 0]);
  }

  scale(x: number, y: number): void {
    this.#transform([x, 0, 0, y, 0, 0]);
  }

  setLineDash(dash: readonly number[]): void {
    this.#state.dash = dash;
  }

  beginPath(): void {
    this.#path = '';
  }

  moveTo(x: number, y: number): void {
    this.#path += `M${number(x)} ${number(y)}`;
  }

  /** The first of a path is where it begins, as on a canvas. */
  lineTo(x: number, y: number): void {
    this.#path += `${this.#path ? 'L' : 'M'}${number(x)} ${number(y)}`;
  }

  closePath(): void {
    this.#path += 'Z';
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#path += `M${number(x)} ${number(y)}h${number(width)}v${number(height)}h${number(-width)}Z`;
  }

  arc(x: number, y: number, radius: number, start: number, end: number): void {
    const at = (angle: number) => `${number(x + radius * Math.cos(angle))} ${number(y + radius * Math.sin(angle))}`;
    // One arc cannot lead back to where it began: every arc is two halves.
    const middle = (start + end) / 2;
    const large = Math.abs(end - start) / 2 > Math.PI ? 1 : 0;
    const half = (to: number) => `A${number(radius)} ${number(radius)} 0 ${large} 1 ${at(to)}`;
    const begun = this.#path.endsWith(`M${at(start)}`) ? '' : `${this.#path ? 'L' : 'M'}${at(start)}`;
    this.#path += begun + half(middle) + half(end);
  }

  fill(): void {
    this.#draw(`<path d="${this.#path}" ${this.#paint('fill')}`);
  }

  stroke(): void {
    this.#draw(`<path d="${this.#path}" fill="none" ${this.#pen()}`);
  }

  clip(): void {
    const id = `clip${++this.#clips}`;
    this.#out.push(
      `<clipPath id="${id}"><path d="${this.#path}"${this.#where()}/></clipPath><g clip-path="url(#${id})">`,
    );
    this.#state.groups += 1;
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#draw(`<rect ${this.#box(x, y, width, height)} ${this.#paint('fill')}`);
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.#draw(`<rect ${this.#box(x, y, width, height)} fill="none" ${this.#pen()}`);
  }

  fillText(text: string, x: number, y: number): void {
    this.#write(text, x, y, this.#paint('fill'));
  }

  strokeText(text: string, x: number, y: number): void {
    this.#write(text, x, y, `fill="none" ${this.#pen()}`);
  }

  measureText(text: string): TextMetrics {
    this.#real.font = this.#state.font;
    return this.#real.measureText(text);
  }

  drawImage(image: HTMLCanvasElement, x: number, y: number, width: number, height: number): void {
    const sharp = this.#state.imageSmoothingEnabled ? '' : ' style="image-rendering:pixelated"';
    this.#draw(
      `<image href="${image.toDataURL()}" ${this.#box(x, y, width, height)} preserveAspectRatio="none"` +
        `${sharp} opacity="${number(this.#state.globalAlpha)}"`,
    );
  }

  #transform([a, b, c, d, e, f]: Matrix): void {
    const [A, B, C, D, E, F] = this.#state.matrix;
    this.#state.matrix = [
      A * a + C * b, B * a + D * b,
      A * c + C * d, B * c + D * d,
      A * e + C * f + E, B * e + D * f + F,
    ];
  }

  #where(): string {
    const [a, b, c, d, e, f] = this.#state.matrix;
    if (a === 1 && !b && !c && d === 1) return e || f ? ` transform="translate(${number(e)} ${number(f)})"` : '';
    return ` transform="matrix(${this.#state.matrix.map(number).join(' ')})"`;
  }

  #draw(begun: string): void {
    this.#out.push(`${begun}${this.#where()}/>`);
  }

  #box(x: number, y: number, width: number, height: number): string {
    const [left, top] = [Math.min(x, x + width), Math.min(y, y + height)];
    return `x="${number(left)}" y="${number(top)}" width="${number(Math.abs(width))}" height="${number(Math.abs(height))}"`;
  }

  /** A colour as every program reads it: `#rrggbb`, and how opaque it is apart. */
  #paint(kind: 'fill' | 'stroke'): string {
    this.#real.fillStyle = kind === 'fill' ? this.#state.fillStyle : this.#state.strokeStyle;
    const named = String(this.#real.fillStyle);
    const [, r, g, b, alpha] = /^rgba\((\d+), (\d+), (\d+), ([\d.]+)\)$/.exec(named) ?? [];
    const color = r === undefined ? named : `rgb(${r},${g},${b})`;
    const opacity = this.#state.globalAlpha * Number(alpha ?? 1);
    return `${kind}="${color}"${opacity < 1 ? ` ${kind}-opacity="${number(opacity)}"` : ''}`;
  }

  #pen(): string {
    const { lineWidth, lineJoin, lineCap, dash } = this.#state;
    const dashed = dash.length ? ` stroke-dasharray="${dash.map(number).join(' ')}"` : '';
    const ends = `stroke-linejoin="${lineJoin}" stroke-linecap="${lineCap}"`;
    return `${this.#paint('stroke')} stroke-width="${number(lineWidth)}" ${ends}${dashed}`;
  }

  #write(text: string, x: number, y: number, paint: string): void {
    const { font, textAlign, textBaseline } = this.#state;
    const anchor = ANCHORS[textAlign] ? ` text-anchor="${ANCHORS[textAlign]}"` : '';
    const base = BASELINES[textBaseline] ? ` dominant-baseline="${BASELINES[textBaseline]}"` : '';
    this.#out.push(
      `<text x="${number(x)}" y="${number(y)}" style="font:${escaped(font)}" ${paint}${anchor}${base}` +
        `${this.#where()}>${escaped(text)}</text>`,
    );
  }

  /** Settings are read and written as on a canvas. */
  static {
    for (const name of Object.keys(FIRST) as (keyof State)[]) {
      if (name === 'dash' || name === 'matrix' || name === 'groups') continue;
      Object.defineProperty(SvgPainter.prototype, name, {
        get(this: SvgPainter) {
          return this.#state[name];
        },
        set(this: SvgPainter, value: never) {
          this.#state = { ...this.#state, [name]: value };
        },
      });
    }
  }
}

/** Write as SVG what a painter draws on a canvas of this size. */
export function svgOf(width: number, height: number, paint: (context: CanvasRenderingContext2D) => void): string {
  const painter = new SvgPainter();
  paint(painter as unknown as CanvasRenderingContext2D);
  return painter.written(width, height);
}

/** Hundredths of a pixel are enough. */
function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

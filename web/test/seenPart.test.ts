import { describe, expect, it } from 'vitest';

import { hiddenFromText, hiddenToText } from '../src/chart/legend';
import { axesOf, zoomFromText, zoomToText } from '../src/chart/zoomText';
import { eyeFromText, eyeToText, FIRST_EYE } from '../src/marks/space/turning';
import type { Axis, Panel } from '../src/data/types';

const panel = (x: Partial<Axis>, y: Partial<Axis> = {}) =>
  ({ x: { unit: '', ...x }, y: { unit: '', ...y } }) as Panel;

describe('a zoom as text', () => {
  it.each([
    [[100.123456789, 250.9]],
    [[-3, 1e-9]],
    [[1e9, 1e9 + 0.001]],
    [[2 ** 53 - 1e5, 2 ** 53]],
    [[1e-30, 1e30]],
    [[5, -2]],
  ])('comes back to a part of a pixel: %j', (ends) => {
    const [start, end] = ends as [number, number];
    const text = zoomToText({ zoom: { x: [start, end], y: null }, axes: 'k3f' });
    const { zoom, axes } = zoomFromText(text);
    expect(axes).toBe('k3f');
    expect(zoom.y).toBeNull();
    const pixel = Math.abs(end - start) / 2000;
    expect(Math.abs(zoom.x![0] - start)).toBeLessThan(pixel);
    expect(Math.abs(zoom.x![1] - end)).toBeLessThan(pixel);
    // What is read is written the same way: two pictures that share it never take turns.
    expect(zoomToText({ zoom, axes })).toBe(text);
  });

  it('is empty where all is seen', () => {
    expect(zoomToText({ zoom: { x: null, y: null }, axes: 'k3f' })).toBe('');
  });

  it.each(['', 'x', '1~1~~~a', '1~Infinity~~~a', '~~~~', 'NaN~2~~~a'])('takes what is no part as none: %s', (text) => {
    expect(zoomFromText(text).zoom).toEqual({ x: null, y: null });
  });

  it('belongs to axes, in any language', () => {
    const steps = axesOf(panel({ label: 'step' }));
    expect(axesOf(panel({ label: '步', original: 'step' }))).toBe(steps);
    expect(axesOf(panel({ label: 'epoch' }))).not.toBe(steps);
    expect(axesOf(panel({ label: 'component 1 (15% of all)' }))).toBe(axesOf(panel({ label: 'component 1 (9% of all)' })));
    expect(axesOf(panel({ label: 'time', unit: 'h' }))).not.toBe(axesOf(panel({ label: 'time', unit: 'min' })));
  });
});

describe('what is switched off, as text', () => {
  it('comes back', () => {
    const hidden = new Set(['mark:a/b', 'class:100% ~,: 猫', 'mark:%2F']);
    expect(hiddenFromText(hiddenToText(hidden))).toEqual(hidden);
    expect(hiddenFromText(hiddenToText(new Set()))).toEqual(new Set());
  });

  it('is not kept where it is too long for an address', () => {
    const many = Array.from({ length: 1000 }, (_, i) => `class:species ${i}`);
    expect(hiddenToText(new Set(many))).toBe('');
  });
});

describe('the eye as text', () => {
  it('comes back, and says nothing where it begins', () => {
    expect(eyeToText(FIRST_EYE)).toBe('');
    const eye = { azimuth: 12.5, elevation: -40, zoom: 2.25, perspective: true };
    expect(eyeFromText(eyeToText(eye))).toEqual(eye);
  });

  it.each(['', 'a~b~c~d', '1~2~3', '1~2~NaN~0'])('begins anew where it is none: %s', (text) => {
    expect(eyeFromText(text)).toEqual(FIRST_EYE);
  });

  it('stays where an eye can be', () => {
    expect(eyeFromText('400~500~1000~0')).toEqual({ azimuth: 40, elevation: 89, zoom: 40, perspective: false });
  });
});

import { beforeEach, describe, expect, it } from 'vitest';

import { change, columnOf, DEFAULTS, queryOf, readChoice } from '../../src/live/embedding/choices';
import { controls } from '../../src/state/controls.svelte';

beforeEach(() => controls.read(''));

describe('what is chosen of a map', () => {
  it('begins as the run offers it, and keeps only what was changed', () => {
    expect(readChoice('features')).toEqual(DEFAULTS);
    change('features', { method: 'tsne', dimensions: 3, perplexity: 12 });
    expect(readChoice('features')).toEqual({ ...DEFAULTS, method: 'tsne', dimensions: 3, perplexity: 12 });
    expect(readChoice('other')).toEqual(DEFAULTS);
    change('features', { method: 'recorded', dimensions: 2, perplexity: 30 });
    expect(controls.text()).toBe('');
  });

  it('means the label where there are no true classes', () => {
    expect(columnOf(DEFAULTS.color, ['label', 'sample'])).toBe('label');
    expect(columnOf(DEFAULTS.color, ['label', 'true'])).toBe('true');
    expect(columnOf('', ['label'])).toBe('');
    expect(columnOf(DEFAULTS.color, ['loss'])).toBe('true');
  });

  it('is restored from the address', () => {
    change('features', { method: 'umap', follow: false, color: '' });
    const text = controls.text();
    controls.read('');
    controls.read(text);
    expect(readChoice('features')).toEqual({ ...DEFAULTS, method: 'umap', follow: false, color: '' });
  });

  it('takes nonsense in the address for nothing', () => {
    for (const [name, value] of [['map', 'lda'], ['dimensions', '7'], ['perplexity', '-3'], ['minDist', 'x']]) {
      controls.set('features', name!, value!);
    }
    expect(readChoice('features')).toEqual(DEFAULTS);
  });

  it('asks the server only for what the method needs', () => {
    const query = (changes: object, step: number | null = 4) => queryOf({ ...DEFAULTS, ...changes }, step);
    expect(query({ method: 'pca' })).toBe('step=4&method=pca&dimensions=2');
    expect(query({ method: 'tsne', dimensions: 3, perplexity: 9, follow: false })).toBe(
      'step=4&method=tsne&dimensions=3&follow=0&perplexity=9',
    );
    expect(query({ method: 'umap', neighbors: 1.2, minDist: 4 }, null)).toBe(
      'method=umap&dimensions=2&neighbors=2&min_dist=1',
    );
  });
});

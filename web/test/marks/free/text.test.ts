import { describe, expect, it } from 'vitest';
import { inkOn } from '../../../src/marks/free/ink';
import { longest, visibleLength } from '../../../src/marks/free/textLength';

describe('the ink on a colour', () => {
  it('is black on light and white on dark', () => {
    expect(inkOn([255, 255, 255])).toBe('#000');
    expect(inkOn([0, 0, 0])).toBe('#fff');
    expect(inkOn([255, 255, 0])).toBe('#000');
    expect(inkOn([0, 0, 255])).toBe('#fff');
  });

  it('has a contrast of at least 4.5 on every grey', () => {
    for (let grey = 0; grey < 256; grey++) {
      const c = grey / 255 <= 0.04045 ? grey / 255 / 12.92 : ((grey / 255 + 0.055) / 1.055) ** 2.4;
      const contrast = inkOn([grey, grey, grey]) === '#000' ? (c + 0.05) / 0.05 : 1.05 / (c + 0.05);
      expect(contrast).toBeGreaterThan(4.5);
    }
  });
});

describe('the length of a text', () => {
  it('counts East Asian characters twice', () => {
    expect(visibleLength('abc')).toBe(3);
    expect(visibleLength('名称a')).toBe(5);
    expect(visibleLength('Dense 784 → 512')).toBe(15);
  });

  it('finds the longest of many', () => {
    expect(longest(['a', 'ccc', '名称', 'bb', 'ccc'], 2)).toEqual(['名称', 'ccc']);
    expect(longest([], 2)).toEqual([]);
  });
});

import { expect, test } from 'vitest';
import { inBytes } from '../../src/live/bytes';

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [9_949, '9.9 kB'],
  [9_960, '10 kB'],
  [999_600, '1.0 MB'],
  [123_456_789, '123 MB'],
  [1_001_867_840, '1.0 GB'],
  [12e15, '12000 TB'],
])('%d is written as %s', (size, text) => {
  expect(inBytes(size)).toBe(text);
});

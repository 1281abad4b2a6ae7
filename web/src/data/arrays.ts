import type { AnyArray, NumberArray, NumberData, NumberKind } from './types';

/** An array as `bathyscope/figures/web/encode.py` writes it. */
export interface ArrayNode {
  $array: string;
  dtype: string;
  shape: number[];
  base64?: string;
  blob?: number;
  codec?: string;
}

const TYPED = {
  f8: Float64Array,
  f4: Float32Array,
  i4: Int32Array,
  u4: Uint32Array,
  i2: Int16Array,
  u2: Uint16Array,
  i1: Int8Array,
  u1: Uint8Array,
} as const;

/** The bytes of an array: a buffer of its own, or a part of one, which begins at a multiple of 8. */
export type Bytes = ArrayBuffer | Uint8Array<ArrayBuffer>;

/** Read little-endian bytes as the array they are, where they are. */
export function readArray(node: ArrayNode, bytes: Bytes): AnyArray {
  const { shape } = node;
  const count = shape.reduce((product, length) => product * length, 1);
  const held = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  const data = node.$array === 'count' ? countedFrom(held, count) : readData(node.$array, held);
  if (data.length !== count) {
    throw new Error(`An array of shape (${shape.join(', ')}) must have ${count} values; got ${data.length}.`);
  }
  if (Array.isArray(data)) return { kind: 'string', data, shape };
  return { kind: numberKind(node.dtype), data: data as NumberData, shape };
}

/** Values of one row (one image, one line of a matrix) of an array. */
export function row(array: NumberArray, index: number): NumberData {
  const length = array.shape.slice(1).reduce((product, n) => product * n, 1);
  return array.data.subarray(index * length, (index + 1) * length);
}

function numberKind(dtype: string): NumberKind {
  if (dtype === 'bool') return 'bool';
  return dtype.startsWith('float') ? 'float' : 'int';
}

function readData(stored: string, { buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): NumberData | string[] {
  const read = <T>(kind: ArrayKind<T>): T => new kind(buffer, byteOffset, byteLength / kind.BYTES_PER_ELEMENT);
  if (stored in TYPED) return read<NumberData>(TYPED[stored as keyof typeof TYPED]);
  if (stored === 'f2') return Float32Array.from(read(Uint16Array), float16);
  if (stored === 'i8') return safeIntegers([...read(BigInt64Array)]);
  if (stored === 'u8') return safeIntegers([...read(BigUint64Array)]);
  throw new Error(`The page holds an array of an unknown type: ${stored}.`);
}

/** Whole numbers that follow each other, of which only the first was sent. */
function countedFrom({ buffer, byteOffset }: Uint8Array<ArrayBuffer>, count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  const first = new Uint32Array(buffer, byteOffset, 1)[0]!;
  for (let i = 0; i < count; i++) numbers[i] = first + i;
  return numbers;
}

interface ArrayKind<T> {
  new (buffer: ArrayBuffer, offset: number, length: number): T;
  BYTES_PER_ELEMENT: number;
}

/** Whole numbers as doubles, or as text if a double cannot tell them apart: ids must stay ids. */
function safeIntegers(values: bigint[]): Float64Array | string[] {
  const numbers = Float64Array.from(values, Number);
  return numbers.every(Number.isSafeInteger) ? numbers : values.map(String);
}

/** The value of 16 bits of IEEE 754 half precision. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

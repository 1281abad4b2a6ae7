import type { BlobReader } from './types';

/** Decoded bytes kept at most; what was used longest ago is dropped first, and decoded again on use. */
const KEPT_BYTES = 256 * 2 ** 20;

/** The blobs of a document, decoded when first asked for. */
export class Blobs implements BlobReader {
  #text: (blob: number) => string;
  #kept = new Map<number, Promise<ArrayBuffer>>();
  #sizes = new Map<number, number>();
  #total = 0;

  /** `text` gives the base64 text of a blob. */
  constructor(text: (blob: number) => string) {
    this.#text = text;
  }

  bytes(blob: number, codec: string): Promise<ArrayBuffer> {
    const found = this.#kept.get(blob) ?? this.#decode(blob, codec);
    this.#kept.delete(blob);
    this.#kept.set(blob, found);
    return found;
  }

  async #decode(blob: number, codec: string): Promise<ArrayBuffer> {
    const packed = fromBase64(this.#text(blob));
    const bytes = codec === 'raw' ? packed : await inflate(packed, codec);
    this.#sizes.set(blob, bytes.byteLength);
    this.#total += bytes.byteLength;
    this.#forget();
    return bytes;
  }

  #forget(): void {
    for (const blob of this.#kept.keys()) {
      if (this.#total <= KEPT_BYTES) return;
      const size = this.#sizes.get(blob);
      if (size === undefined) continue;
      this.#kept.delete(blob);
      this.#sizes.delete(blob);
      this.#total -= size;
    }
  }
}

export function fromBase64(text: string): ArrayBuffer {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes.buffer;
}

async function inflate(packed: ArrayBuffer, codec: string): Promise<ArrayBuffer> {
  if (codec !== 'deflate-raw') throw new Error(`The page holds data in an unknown codec: ${codec}.`);
  if (typeof DecompressionStream === 'undefined') {
    throw new Error('This page needs a browser that can inflate: Chrome 103, Firefox 113, Safari 16.4 or newer.');
  }
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream(codec));
  return new Response(stream).arrayBuffer();
}

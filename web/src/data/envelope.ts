/** Answers of the server that carry arrays: JSON, then the bytes its arrays refer to. */

import { fromBase64 } from './blobs';
import { build, type Json, type JsonObject } from './decode';
import type { ArrayNode, Bytes } from './arrays';

const ALIGNMENT = 8;
const LENGTH_BYTES = 4;

/** Read an answer: four bytes of length, JSON, and from the next multiple of 8 the blobs. */
export function readEnvelope(buffer: ArrayBuffer): Record<string, unknown> {
  const length = new DataView(buffer).getUint32(0, true);
  const end = LENGTH_BYTES + length;
  if (end > buffer.byteLength) throw new Error('The answer of the server was cut short.');
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, LENGTH_BYTES, length))) as JsonObject;
  const start = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
  const blobs = (head.blobs ?? []) as unknown as [offset: number, length: number][];
  const bytesOf = (node: ArrayNode): Bytes => {
    if (node.base64 !== undefined) return fromBase64(node.base64);
    const [offset, size] = blobs[node.blob!]!;
    if (start + offset + size > buffer.byteLength) throw new Error('The answer of the server was cut short.');
    return new Uint8Array(buffer, start + offset, size); // not copied: they may be many
  };
  const { blobs: _, ...content } = head;
  return build(content as Json, bytesOf) as Record<string, unknown>;
}

import { readArray, type ArrayNode, type Bytes } from './arrays';
import { Blobs, fromBase64 } from './blobs';
import type { BlobReader, Document, Figure, FigureOutline, Item, Section } from './types';

const FORMAT = 'bathyscope-document';
const VERSION = 1;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
export type BytesOf = (node: ArrayNode) => Bytes;

/** Read the document of this page: JSON in `<script id="document">`, blobs in `<script id="blob-N">`. */
export function readDocument(page: globalThis.Document = document): Document {
  return parseDocument(textOf(page, 'document'), (blob) => textOf(page, `blob-${blob}`));
}

/** Read a document from its JSON; `blob` gives the base64 text of a blob when it is needed. */
export function parseDocument(json: string, blob: (index: number) => string): Document {
  const raw = JSON.parse(json) as JsonObject;
  if (raw.format !== FORMAT) throw new Error(`Expected a ${FORMAT}; got ${String(raw.format)}.`);
  if ((raw.version as number) > VERSION) {
    throw new Error(`The document is of version ${String(raw.version)}; this page reads up to ${VERSION}.`);
  }
  const blobs = new Blobs(blob);
  return {
    version: raw.version as number,
    title: raw.title as string,
    facts: raw.facts as unknown as Document['facts'],
    sections: (raw.sections as JsonObject[]).map((section) => readSection(section, blobs)),
    colors: readColors(raw.colors as JsonObject),
  };
}

/** Decode the figure of an item: of a film the one at `steps[index]`. */
export async function loadFigure(item: Item, index = 0): Promise<Figure> {
  const outline = item.kind === 'film' ? item.figures[index] : item.figure;
  if (!outline) throw new RangeError(`A film of ${stepCount(item)} steps has no figure ${index}.`);
  const bytes = await bytesOfArrays(outline as unknown as Json, item.blobs);
  return build(outline as unknown as Json, (node) => bytes.get(node)!) as Figure;
}

/** How many columns the table has that a figure begins with, decoded or not; else 0. */
export function tableColumns(outline: FigureOutline): number {
  const mark = outline.panels[0]?.marks[0] as unknown as JsonObject | undefined;
  if (mark?.type !== 'table') return 0;
  const columns = mark.columns as unknown;
  return columns instanceof Map ? columns.size : ((columns as JsonObject).$map as Json[]).length;
}

function stepCount(item: Item): number {
  return item.kind === 'film' ? item.steps.length : 1;
}

function textOf(page: globalThis.Document, id: string): string {
  const element = page.getElementById(id);
  if (!element) throw new Error(`This page lacks its part \`${id}\`: the file may be cut short.`);
  return element.textContent ?? '';
}

function readSection(raw: JsonObject, blobs: BlobReader): Section {
  const items = (raw.items as JsonObject[]).map((item) => readItem(item, blobs));
  return { title: raw.title as string, room: raw.room as string, folded: raw.folded === true, items };
}

function readItem(raw: JsonObject, blobs: BlobReader): Item {
  if (raw.type !== 'film') return { kind: 'figure', figure: raw as unknown as FigureOutline, blobs };
  return {
    kind: 'film',
    steps: raw.steps as number[],
    figures: raw.figures as unknown as FigureOutline[],
    note: raw.note as string,
    blobs,
  };
}

/** Colour tables are small and always inline: they are there before anything is drawn. */
export function readColors(raw: JsonObject): Document['colors'] {
  const read = (theme: Json) => {
    const palette = build(theme!, (node) => fromBase64(node.base64!)) as {
      scales: Map<string, { data: Uint8Array }>;
      tones: Map<string, string>;
    };
    const scales = [...palette.scales].map(([kind, table]) => [kind, table.data]);
    return { ...palette, scales: Object.fromEntries(scales), tones: Object.fromEntries(palette.tones) };
  };
  const themes = new Map(raw.$map as [string, Json][]);
  return { light: read(themes.get('light')!), dark: read(themes.get('dark')!) } as unknown as Document['colors'];
}

async function bytesOfArrays(raw: Json, blobs: BlobReader): Promise<Map<ArrayNode, ArrayBuffer>> {
  const nodes = [...arraysIn(raw)];
  const found = nodes.map((node) =>
    node.base64 === undefined ? blobs.bytes(node.blob!, node.codec!) : fromBase64(node.base64),
  );
  const bytes = await Promise.all(found);
  return new Map(nodes.map((node, i) => [node, bytes[i]!]));
}

export function* arraysIn(value: Json): Generator<ArrayNode> {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value) && '$array' in value) yield value as unknown as ArrayNode;
  else for (const held of Array.isArray(value) ? value : Object.values(value)) yield* arraysIn(held);
}

/** Turn JSON into the value it stands for. */
export function build(value: Json, bytesOf: BytesOf): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((held) => build(held, bytesOf));
  if ('$array' in value) {
    const node = value as unknown as ArrayNode;
    return readArray(node, bytesOf(node));
  }
  if ('$strings' in value) return { kind: 'string', data: value.$strings, shape: value.shape };
  if ('$map' in value) {
    return new Map((value.$map as [string, Json][]).map(([key, held]) => [key, build(held, bytesOf)]));
  }
  if ('$number' in value) return NONFINITE[value.$number as keyof typeof NONFINITE];
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, build(held, bytesOf)]));
}

const NONFINITE = { nan: NaN, inf: Infinity, '-inf': -Infinity } as const;

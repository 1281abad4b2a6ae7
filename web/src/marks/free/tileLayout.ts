/** Where tiles go: how many to a row, and how large. Lengths are in CSS pixels. */

export interface TileLayout {
  columns: number;
  rows: number;
  /** Size of one image. */
  width: number;
  height: number;
  /** Width of a column without its gap; a caption may need more than its image. */
  cellWidth: number;
  /** Height of a row with its gap. */
  rowHeight: number;
  captionHeight: number;
  captionLines: number;
}

export interface TileRequest {
  count: number;
  imageWidth: number;
  imageHeight: number;
  /** Space there is. */
  width: number;
  /** Images per row that were asked for, as far as they fit. */
  columns: number | null;
  captionLines: number;
  /** Characters of a typical long caption line. */
  captionLength: number;
}

export const GAP = 8;
const LINE = 17;
const CHARACTER = 6.6;
const CAPTION_WIDTH = [64, 168] as const;
const MOST_LINES = 3;
const NARROW = 480;
const SMALLEST = 20;
const TALLEST = 420;

export function layoutTiles(request: TileRequest): TileLayout {
  const { count, imageWidth, imageHeight } = request;
  const space = Math.max(SMALLEST, request.width);
  const caption = captionWidth(request);
  const least = Math.max(SMALLEST, caption);
  const wanted = request.columns && Math.min(request.columns, columnsThatFit(space, least));
  const room = wanted ? share(space, wanted) : Math.min(space, comfortable(request));
  const width = Math.max(SMALLEST / 2, fitted(room, imageWidth, imageHeight));
  const height = Math.max(SMALLEST / 2, (width * imageHeight) / imageWidth);
  const cellWidth = Math.min(space, Math.max(width, wanted ? Math.min(caption, room) : caption));
  const columns = Math.max(1, Math.min(count, wanted || columnsThatFit(space, cellWidth)));
  const captionLines = linesIn(cellWidth, request);
  const captionHeight = captionLines ? captionLines * LINE + 5 : 0;
  const rowHeight = Math.ceil(height) + captionHeight + GAP;
  return { columns, rows: Math.ceil(count / columns), width, height, cellWidth, rowHeight, captionHeight, captionLines };
}

/** A width at which this many images are seen well and together; wide images are given more. */
function comfortable({ count, imageWidth, imageHeight, width }: TileRequest): number {
  const side = count === 1 ? 320 : count <= 4 ? 260 : count <= 12 ? 144 : count <= 64 ? 96 : 64;
  const narrow = width < NARROW && count > 4 ? 0.75 : 1;
  return side * narrow * Math.sqrt(Math.max(1, imageWidth / imageHeight));
}

function captionWidth({ captionLines, captionLength }: TileRequest): number {
  if (!captionLines) return 0;
  const [low, high] = CAPTION_WIDTH;
  return Math.max(low, Math.min(high, captionLength * CHARACTER));
}

/** Long lines are broken, but a caption takes no more than `MOST_LINES`. */
function linesIn(width: number, { captionLines, captionLength }: TileRequest): number {
  const broken = Math.max(1, Math.ceil((captionLength * CHARACTER) / width));
  return Math.min(Math.max(MOST_LINES, captionLines), captionLines * broken);
}

function columnsThatFit(space: number, width: number): number {
  return Math.max(1, Math.floor((space + GAP) / (width + GAP)));
}

function share(space: number, columns: number): number {
  return (space - GAP * (columns - 1)) / columns;
}

/** The largest width within `room` that shows every pixel of a small image equally large. */
function fitted(room: number, imageWidth: number, imageHeight: number): number {
  const scale = Math.min(room / imageWidth, roomBelow(room) / imageHeight);
  return imageWidth * (scale >= 1 ? Math.floor(scale) : scale);
}

function roomBelow(room: number): number {
  return Math.min(TALLEST, room * 1.5);
}

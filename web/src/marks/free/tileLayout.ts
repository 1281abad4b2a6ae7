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
const CAPTION_WIDTH = [64, 150] as const;
const MOST_LINES = 3;
const NARROW = 480;
const SMALLEST = 20;
const LARGEST = 256;
/** Tiles asked for in columns grow no more than this beyond what is comfortable. */
const GROWTH = 1.25;
/** A pixel of one of many images is never larger than this. */
const LARGEST_PIXEL = 28;
const TALLEST = 420;
/** One large image alone is what people came to see. */
const TALLEST_ALONE = 680;

export function layoutTiles(request: TileRequest): TileLayout {
  const { count, imageWidth, imageHeight } = request;
  const space = Math.max(SMALLEST, request.width);
  const caption = Math.min(space, captionWidth(request));
  const asked = askedColumns(request, space, Math.max(SMALLEST, caption));
  const room = Math.min(asked ? share(space, asked) : space, comfortable(request) * (asked ? GROWTH : 1));
  const width = Math.max(SMALLEST / 2, fitted(room, request));
  const height = Math.max(SMALLEST / 2, (width * imageHeight) / imageWidth);
  const cellWidth = Math.max(width, caption);
  const columns = Math.max(1, Math.min(count, asked ?? columnsThatFit(space, cellWidth)));
  const captionLines = linesIn(cellWidth, request);
  const captionHeight = captionLines ? captionLines * LINE + 5 : 0;
  const rowHeight = Math.ceil(height) + captionHeight + GAP;
  return {
    columns, rows: Math.ceil(count / columns), width, height, cellWidth, rowHeight, captionHeight, captionLines,
  };
}

/** The columns that were asked for, if the narrowest column fits that often. */
function askedColumns({ columns }: TileRequest, space: number, narrowest: number): number | null {
  return columns !== null && columns <= columnsThatFit(space, narrowest) ? columns : null;
}

/** A width at which this many images are seen well and together; wide images are given more. */
function comfortable({ count, imageWidth, imageHeight, width }: TileRequest): number {
  const side = count === 1 ? LARGEST : count <= 4 ? 260 : count <= 12 ? 144 : count <= 64 ? 96 : 64;
  const stretch = Math.sqrt(Math.max(1, imageWidth / imageHeight));
  const narrow = width >= NARROW ? 1 : count > 1 && count <= 4 ? 0.55 : 0.75;
  const wanted = Math.max(side * narrow * stretch, Math.min(detailed(count, width), imageWidth));
  return count > 1 && columnsThatFit(width, wanted) === 1 ? LARGEST * stretch : wanted;
}

/** Few images of more pixels than usual are given the room there is, to show each of them. */
function detailed(count: number, space: number): number {
  if (count === 1) return Math.max(SMALLEST, space);
  return count <= 4 ? share(space, Math.min(count, 3)) : 0;
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
function fitted(room: number, { imageWidth, imageHeight, count }: TileRequest): number {
  const largest = count === 1 ? LARGEST : LARGEST_PIXEL;
  const scale = Math.min(room / imageWidth, roomBelow(room, count) / imageHeight, largest);
  return imageWidth * (scale >= 1 ? Math.floor(scale) : scale);
}

function roomBelow(room: number, count: number): number {
  return Math.min(count === 1 ? TALLEST_ALONE : TALLEST, room * 1.5);
}

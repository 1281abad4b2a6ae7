/** Everything the page itself says, in English. What a run says (titles, notes) comes from its data. */

import { format } from 'd3-format';
import { lazily } from './lazily';

const grouped = format(',');
const relative = lazily(() => new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' }));
const dates = lazily(() => new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' }));
const counted = (count: number, one: string, many = `${one}s`) =>
  `${grouped(count)} ${count === 1 ? one : many}`;

const KINDS: Record<string, [one: string, many: string]> = {
  class: ['class', 'classes'],
};

const MARKS: Record<string, string> = {
  line: 'line',
  points: 'scatter',
  matrix: 'grid',
  bars: 'bars',
  wave: 'sound',
};

export const en = {
  lang: 'en',
  list: (items: readonly string[]) => items.join(', '),
  number: grouped,

  // Faults of the connection.
  noAnswer: 'The server does not answer. Is `bathyscope view` still running?',
  notLetIn: 'This page is not let in any more: the dashboard was started anew. Open the address that `bathyscope view` printed last.',
  badAnswer: (status: number) => `The server answered with status ${status} and no reason.`,
  cannotShowPage: (reason: string) => `This page cannot be shown. ${reason}`,
  tryAgain: 'Try again',

  // The frame of every page.
  skip: 'Skip to the pictures',
  home: 'All runs',
  languageOfPage: 'Language',
  colors: 'Colours of the page',
  asSystem: 'As the system',
  light: 'Light',
  dark: 'Dark',
  help: 'Keyboard and help',
  close: 'Close',
  cancel: 'Cancel',
  save: 'Save',
  undo: 'Undo',
  reconnecting: 'Connection lost. Reconnecting…',

  // Status of runs.
  status: {
    running: 'live',
    finished: 'finished',
    failed: 'failed',
    interrupted: 'interrupted',
    unknown: 'unknown',
  },
  statusExplained: {
    running: 'This run is being recorded now',
    finished: 'This run came to its end',
    failed: 'This run ended with an error',
    interrupted: 'This run stopped without coming to its end',
    unknown: 'Whether this run is still being recorded is not known',
  },

  // The run table.
  runs: 'Runs',
  runsCount: (count: number) => counted(count, 'run'),
  runsPending: (count: number) => `${counted(count, 'more run')} still being read…`,
  runsFound: (found: number, all: number) => `${grouped(found)} of ${grouped(all)} runs`,
  searchRuns: 'Search: name, tag:…, status:…, lr<0.01',
  searchRunsLabel: 'Search the runs',
  showArchived: 'Archived',
  columns: 'Columns',
  run: 'Run',
  statusColumn: 'Status',
  tags: 'Tags',
  created: 'Started',
  updated: 'Updated',
  lastStep: 'Step',
  selectRun: (name: string) => `Select ${name}`,
  selectAllRuns: 'Select all runs found',
  runsSelected: (count: number) => `${counted(count, 'run')} selected`,
  compare: 'Compare',
  compareNeedsTwo: 'Select at least two runs to compare',
  noRuns: 'No runs here yet',
  noRunsHow: (root: string) =>
    `Runs recorded in ${root} appear here by themselves. Start one with \`bs.record(...)\`, or try \`bathyscope demo\`.`,
  noRunsFound: 'No run matches this search',
  clearSearch: 'Clear the search',
  onlyArchived: (count: number) => `${counted(count, 'run is', 'runs are')} archived.`,
  ago: (value: number, unit: Intl.RelativeTimeFormatUnit) => relative().format(-value, unit),
  date: (seconds: number) => dates().format(seconds * 1000),

  // Doing something with runs.
  rename: 'Rename',
  newName: 'Name',
  renameRun: 'Rename the run',
  editTags: 'Tags',
  tagsHow: 'Separated by commas',
  tagsOfSeveral: (count: number) =>
    `Separated by commas. Shown are those that all ${grouped(count)} runs have; their other tags stay.`,
  archive: 'Archive',
  unarchive: 'Bring back',
  remove: 'Delete',
  archived: (count: number) => `${counted(count, 'run')} archived`,
  unarchived: (count: number) => `${counted(count, 'run')} brought back`,
  removed: (count: number) => `${counted(count, 'run')} moved to the trash`,
  deletedRuns: 'Deleted runs',
  deletedAgo: (ago: string) => `deleted ${ago}`,
  restore: 'Restore',
  restored: (count: number) => `${counted(count, 'run')} restored`,
  erase: 'Delete for good',
  eraseAll: 'Delete all for good',
  eraseAsk: (count: number, name: string) => `Delete ${count === 1 ? name : counted(count, 'run')} for good?`,
  eraseHow: (size: string) => `This frees ${size}. Nothing can take it back.`,
  erased: (count: number) => `${counted(count, 'run')} deleted for good`,
  noTrash: 'No run was deleted',
  renamed: (name: string) => `Renamed to ${name}`,
  tagged: (count: number) => `Tags of ${counted(count, 'run')} changed`,
  moreActions: 'More actions',
  saveReport: 'Save the report of this run (HTML)',
  saveCopy: 'Save this page as one HTML file',
  savingCopy: 'Putting the page together…',
  savedCopy: (name: string) => `Saved as ${name}`,
  isCopy: (date: string) => `Saved copy of ${date}`,
  isCopyExplained: 'A page saved as one file: nothing in it changes any more, and it asks no server.',
  notInCopy: 'It is not in this saved copy of the page. Open the dashboard to see it.',
  stepsInCopy: (kept: number, all: number, size: string) =>
    `${grouped(kept)} of ${grouped(all)} recorded steps are in this saved copy; all would take about ${size} before they are compressed.`,
  envelopeOfCopy: (count: number) =>
    `${grouped(count)} points in this series: of each piece of it, this saved copy holds the first, lowest, highest and last.`,

  // A run.
  rooms: {
    overview: 'Overview',
    parameters: 'Parameters',
    loss: 'Training',
    features: 'Features',
    predictions: 'Predictions',
  },
  roomsLabel: 'Rooms',
  emptyRoom: {
    overview: 'No layers were recorded. Those of a network are by `run.keras(...)` and `run.watch(model)`.',
    parameters: 'No weights were recorded. `run.keras(...)` and `run.watch(model)` record them while it trains.',
    loss: 'No metric was recorded. Log one with `run.log({"loss": value}, step=step)`.',
    features:
      'No features were recorded. `run.evaluate(model, x, y)` records feature vectors, ' +
      'and `run.keras(probe=(x, y))` feature maps while it trains.',
    predictions:
      'No predictions were recorded. Record them with `run.evaluate(model, x, y)`, ' +
      'or with `run.evaluate_scores(scores, y)` where another program predicts.',
  },
  emptyYet: 'Nothing here yet: it appears by itself',
  loadingRun: 'Opening the run…',
  noRun: 'This run is not here',
  cannotOpen: 'The run could not be opened',
  runGone: 'This run is not in the folder any more: it was moved or deleted. What is shown was read before.',
  noRunNamed: (run: string, reason: string) => `${run} cannot be compared. ${reason}`,
  notAllRead: 'Not everything could be read',
  readSoFar: (percent: number, size: string) =>
    `Read ${percent}% of ${size}. What is shown grows until all is there.`,
  cannotShow: (reason: string) => `This figure cannot be shown: ${reason}`,
  loading: 'Loading',

  // Steps.
  stepAt: (step: number) => `step ${grouped(step)}`,
  epochAt: (epoch: string) => `epoch ${epoch}`,
  stepOfTraining: 'Step of training',
  stepSlider: 'Step',
  play: 'Play the steps',
  playShort: 'Play',
  pause: 'Pause',
  lastRecorded: (step: number) => `the last one recorded up to ${grouped(step)}`,
  nothingYet: (step: number, first: number) =>
    `Nothing recorded up to step ${grouped(step)}; the first is step ${grouped(first)}.`,
  followLast: 'Follow the last step',
  following: 'Following the last step',

  // The selection.
  selection: 'Selection',
  ofKind: (kind: string, count: number) => {
    const [one, many] = KINDS[kind] ?? [kind, `${kind}s`];
    return counted(count, one, many);
  },
  from: (source: string) => `from ${source}`,
  clear: 'clear',
  clearTitle: 'Clear the selection (Escape)',

  // Cards.
  searchViews: 'Search the pictures of this room',
  viewsFound: (found: number, all: number) => `${grouped(found)} of ${counted(all, 'picture')}`,
  noViews: 'No picture matches this search',
  enlarge: 'Enlarge',
  shrink: 'Shrink',
  pin: 'Pin to the top',
  unpin: 'Unpin',
  moveUp: 'Move up',
  moveDown: 'Move down',
  wider: 'Full width',
  narrower: 'Half width',
  resetLayout: 'Undo my layout',
  layoutReset: 'All pictures are as they were at first',
  viewMenu: (title: string) => `Actions for ${title}`,
  renameView: 'Rename this view',
  exportAs: (format: string) => `Save as ${format}`,
  noDifference: 'No difference',
  minusStep: (step: number) => `minus step ${grouped(step)}`,
  differenceHere: 'Subtract the step shown now',
  cannotSubtract: 'These two pictures hold nothing that can be subtracted.',

  // Comparing.
  comparing: (count: number) => `Comparing ${counted(count, 'run')}`,
  stopComparing: 'Stop comparing',
  sideBySide: 'Side by side',
  difference: 'Difference',
  meanBand: 'Mean of the runs',
  meanOf: (count: number) => `mean of ${counted(count, 'run')}`,
  bandOf: '95% confidence interval of the mean',
  notInRun: (run: string) => `Not recorded in ${run}.`,
  minusRun: (one: string, other: string) => `${one} minus ${other}`,
  metric: 'Metric',
  automatic: 'chosen by itself',

  // Charts of metrics.
  charts: 'Metrics',
  searchCharts: 'Search the metrics',
  smoothing: 'Smoothing',
  logScale: 'Log',
  horizontalAxis: 'Horizontal axis',
  byStep: 'step',
  byEpoch: 'epoch',
  byTime: 'time',
  ignoreOutliers: 'Clip outliers',
  outliersNote: (count: number, total: number) =>
    `${grouped(count)} of ${grouped(total)} values lie outside (beyond the 1st to 99th percentile).`,
  outliersDrawnNote: (count: number, total: number) =>
    `${grouped(count)} of the ${grouped(total)} points that are drawn lie outside (beyond the 1st to 99th percentile of these).`,
  copyLacks: 'This saved copy holds neither times nor averages of this series.',
  ranksNote:
    'Of a step that several ranks recorded, these charts show the rank that joined last. Each rank has a curve of its own below.',
  smoothedNote: (weight: number) => `Smoothed with weight ${weight}; the raw values are drawn pale behind.`,
  envelopeNote: (count: number) =>
    `${grouped(count)} points in this range: each pixel column shows its first, lowest, highest and last. Zoom in to see every point.`,
  metricsFound: (found: number, all: number) => `${grouped(found)} of ${counted(all, 'metric')}`,
  showAllCharts: (count: number) => `Show all ${grouped(count)} charts`,
  showFewerCharts: 'Show fewer',
  saveCsv: 'Save as CSV',
  saveDrawnCsv: 'Save the points drawn as CSV',
  noMetrics: 'No metric matches this search.',

  // Pictures.
  tones: { info: 'Note', warning: 'Warning', error: 'Error' },
  search: 'Search',
  searchIn: (table: string) => `Search in ${table || 'the table'}`,
  searchSamples: 'Search among the samples: ids, classes, words',
  selectFound: (count: number) => `Select the ${grouped(count)} found`,
  sortBy: (column: string) => `Sort by ${column}`,
  rowsFound: (found: number, all: number) =>
    found === all ? `${grouped(all)} rows` : `${grouped(found)} of ${grouped(all)} rows`,
  table: 'Table',
  texts: 'Texts',
  /** Texts in Markdown are drawn as such. */
  formatted: 'Formatted',
  pictureOf: (alt: string) => (alt ? `Picture: ${alt}` : 'Picture'),
  emptyText: 'empty text',
  showMore: (next: number, rest: number) => `Show ${grouped(next)} more of ${grouped(rest)}`,
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  fit: 'Fit',
  graph: (name: string, boxes: number, arrows: number) => `${name || 'Graph'}: ${boxes} boxes, ${arrows} arrows`,
  joined: (from: string, to: string) => (from && `; from ${from}`) + (to && `; to ${to}`),
  images: (name: string, count: number) => `${name || 'Images'}: ${grouped(count)} images`,
  image: (index: number) => `image ${index}`,
  onlySelected: (selected: number, all: number) => `only the ${grouped(selected)} selected of ${grouped(all)}`,
  howDrawn: 'How the matrix is drawn',
  numbers: 'Numbers',
  samples: 'samples',
  shareOf: (side: string) => `share of the ${side}`,
  shareOfAll: 'share of all samples',
  rightOnes: 'right predictions',
  atLeast: 'At least',
  atLeastHow: 'Hide cells of fewer samples than this',
  findClass: 'Find a class',
  noSuchClass: 'No class is called so.',
  asBefore: 'As before',
  zerosEmpty: 'Cells without a number are 0; grey ones are hidden, or nothing can be divided there.',
  rightHidden: 'Right predictions are hidden.',
  cellsHidden: (cells: number, samples: number, least: number) =>
    `${counted(cells, 'cell')} of fewer than ${grouped(least)} samples ${cells === 1 ? 'is' : 'are'} hidden: ${counted(samples, 'sample')}.`,
  classesSeen: (seen: number, all: number, part: string, least: number) =>
    `${grouped(seen)} of ${grouped(all)} classes: those ` +
    (part ? `whose name holds “${part}”, and those they are confused with` : 'that are confused') +
    (least > 1 ? ` at least ${grouped(least)} times.` : '.'),
  choose: 'Order and choice',
  order: 'Order',
  reverse: 'Reverse the order',
  any: 'any',
  withCount: (name: string, count: number) => `${name} (${grouped(count)})`,
  shownOf: (shown: number, found: number) =>
    shown === found ? `${grouped(found)} shown` : `${grouped(shown)} of ${grouped(found)} shown`,
  heldOf: (held: number, all: number) =>
    `${grouped(held)} of ${grouped(all)} are in this picture, the first of each order and class`,
  noRowMatches: 'No row matches.',
  noRows: 'No rows.',
  noneFound: 'None is like that.',
  dragToZoom: 'Drag to zoom; after a click the wheel zooms too',
  dragToMove: 'Drag to move',
  dragToSelect: 'Drag to select (or hold Shift)',
  picture: 'Picture',
  showAll: 'Show all',
  showAllDouble: 'Show all (double click)',
  lassoIn: (title: string) => `lasso in ${title}`,
  legend: 'Legend',
  legendHow: 'Click to hide or show; shift-click to show alone',
  more: (count: number) => `${grouped(count)} more`,
  fewer: 'fewer',
  scaleWords: (label: string, low: string, high: string) => `${label || 'Colour'}: from ${low} to ${high}`,
  playSound: (label: string) => `Play ${label}`,
  pauseSound: (label: string) => `Pause ${label}`,
  cannotPlay: (reason: string) => `This browser cannot play the sound: ${reason}`,
  noFinite: 'No finite values',
  andMore: (count: number) => `and ${grouped(count)} more`,
  at: (place: string) => ` at ${place}`,
  between: (low: string, high: string) => ` (${low} to ${high})`,
  describe: (title: string, kinds: readonly string[], labels: readonly string[], y: string, x: string) => {
    const named = labels.length ? ` (${labels.join(', ')})` : '';
    return `${title}: ${kinds.map((kind) => MARKS[kind] ?? kind).join(' and ')}${named} of ${y} over ${x}`;
  },
  moreCells: (signed: boolean, cells: number) =>
    'More cells than pixels: each pixel shows the ' +
    `${signed ? 'value of largest magnitude' : 'largest value'} of about ${grouped(cells)} cells. ` +
    'Zoom in to see single ones.',
  pointsLost: (lost: number, all: number) =>
    `${lost} of ${all} points have no place (NaN or infinite) and are not drawn.`,
  contours: 'Lines around the densest 50, 80 and 95% of the points',
  maps: {
    choose: 'How the vectors are placed',
    method: 'Map',
    fixed: 'PCA, axes of the last step',
    dimensions: 'Dimensions',
    color: 'Colour',
    noColor: 'none',
    perplexity: 'Perplexity',
    neighbors: 'Neighbours',
    minDist: 'Minimal distance',
    trails: 'Trails',
    trailsHow: 'The way of selected samples over the steps up to this one',
    trailsOf: (drawn: number, selected: number, steps: number, all: number) =>
      drawn
        ? `Trails of ${grouped(drawn)} of ${grouped(selected)} selected samples, at ${grouped(steps)} of ${counted(all, 'step')} up to this one.`
        : 'Select samples to see their trails.',
    follow: 'Follow the steps',
    followHow: 'All steps are placed one after another, each turned to match the one before',
    waiting: 'Waiting for the server …',
    placing: (step: number, number: number, count: number) =>
      count > 1 ? `Placing step ${grouped(step)} (${grouped(number)} of ${grouped(count)})` : `Placing step ${grouped(step)}`,
    stop: 'Stop',
    stopped: 'Stopped. What is shown is an earlier map.',
    goOn: 'Go on',
    neighboursOf: (sample: number | string) => `Nearest to sample ${sample}`,
    distance: 'Distance',
    euclidean: 'Euclidean',
    cosine: 'cosine',
    selectAll: 'Select them all',
    find: 'Find',
    findBy: 'Find by',
    findWhat: 'What to find',
    byId: 'sample id',
    byText: 'text',
    ids: '7, 12',
    found: (count: number, all: number) => `${grouped(count)} of ${grouped(all)}`,
    foundIn: (title: string) => `search in ${title}`,
    placeAlone: (count: number) => `Place the ${grouped(count)} selected alone`,
    placeAloneHow: 'A map of the selected samples alone: it shows how they differ from each other. At most some thousands',
    placeAll: 'Place all samples',
    byItself: 'each step by itself',
    noColumn: (name: string) => `No column of these samples is called ${name}. Choose another colour.`,
    leftOut: (count: number, size: string) => `This saved copy had no room for ${counted(count, 'further map')} (${size}).`,
    neighboursLeftOut: (steps: number, size: string) =>
      `It holds the neighbours of samples at ${counted(steps, 'step')}; those of the others would take ${size}.`,
  },
  parallel: {
    describe: (title: string, count: number, axes: readonly string[]) =>
      `${title}: ${counted(count, 'run')} over ${axes.join(', ')}.`,
    source: (title: string) => `axes of ${title}`,
    brushed: (axis: string, low: string, high: string) => `${axis}: ${low} to ${high}`,
    how: 'Drag along an axis to select the runs that pass there, or drag its name to another place; on the keyboard, arrow keys do both, and with Shift they make the range longer or shorter.',
  },
  space: {
    describe: (title: string, count: number, axes: readonly string[]) =>
      `${title}: ${grouped(count)} points in space, by ${axes.join(', ')}. ` +
      'Arrow keys turn, comma and full stop read point by point.',
    flat: (axis: string) => `${axis} is the same for all points.`,
    names: 'Names of the classes at their medians',
    perspective: 'Perspective',
    first: 'Back to the first view (double click)',
  },
  printAgain: 'Not drawn yet when the page was printed. It is now: print again.',

  // Help.
  helpTitle: 'Keyboard',
  /** What keys do, in groups; the first one holds for live pages alone. */
  keys: [
    ['Pages', [
      ['/', 'Search'],
      ['g r', 'Run table'],
      ['1 … 5', 'Room of the run'],
      ['Ctrl + Z', 'Undo, while a message offers it'],
    ]],
    ['Everywhere', [
      ['?', 'This help'],
      ['Tab', 'Next thing; the arrow keys lead on inside it'],
      ['Escape', 'Close what is open; clear the selection'],
    ]],
    ['Steps', [
      ['← →', 'Step before, step after'],
      ['Home End', 'First step, last step'],
      ['Space', 'Play or pause'],
    ]],
    ['In a picture', [
      ['← → ↑ ↓', 'Read its values, from one to the next'],
      ['Enter', 'Select what is read'],
      ['+ − 0', 'Closer, further, all'],
      ['Shift + ← →', 'Move'],
      ['Space', 'Begin a box. Arrow keys stretch it, Enter zooms into it'],
      ['Shift + Space', 'Begin a box that selects what is in it'],
    ]],
    ['Points in space', [
      ['← → ↑ ↓', 'Turn'],
      [', .', 'Point before, point after'],
    ]],
    ['Images, texts, tables, graphs', [
      ['← → ↑ ↓', 'The one before, the one after'],
      ['Enter', 'Select'],
      ['Ctrl + Enter', 'Add to the selection'],
      ['Shift + ← →', 'Read the pixels of an image'],
      ['P', 'Play the sound, or stop it'],
    ]],
    ['With a pointer', [
      ['Shift + drag', 'Select with a lasso'],
      ['Ctrl + click', 'Add to the selection'],
    ]],
  ] as readonly (readonly [group: string, keys: readonly (readonly [key: string, meaning: string])[]])[],
};

export type Words = typeof en;

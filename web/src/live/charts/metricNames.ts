/** Which metrics belong into one chart: `loss`, `val_loss` and `test/loss` measure the same. */

export type Split = 'training' | 'validation' | 'test' | 'evaluation';

const SPLITS: Readonly<Record<string, Split>> = {
  train: 'training',
  training: 'training',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  test: 'test',
  eval: 'evaluation',
};
const NAMES = Object.keys(SPLITS).join('|');
/** XGBoost and LightGBM number what they validate on: `validation_0/mlogloss`. */
const BEFORE = new RegExp(`^(${NAMES})(?:_\\d+/|[_/.\\-])(.+)$`, 'i');
const AFTER = new RegExp(`^(.+)[/.](${NAMES})$`, 'i');

export const SPLIT_ORDER: readonly Split[] = ['training', 'validation', 'test', 'evaluation'];

/** Take apart what is measured and on what, as `bathyscope/views/_metric_series.py` does. */
export function splitName(name: string): [base: string, split: Split] {
  const before = BEFORE.exec(name);
  if (before) return [before[2]!, SPLITS[before[1]!.toLowerCase()]!];
  const after = AFTER.exec(name);
  if (after) return [after[1]!, SPLITS[after[2]!.toLowerCase()]!];
  return [name, 'training'];
}

export interface MetricGroup {
  /** What the chart shows. */
  base: string;
  names: readonly string[];
}

/** One group per chart: those without a path first, the loss before all. */
export function groupsOf(names: Iterable<string>): MetricGroup[] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const base = splitName(name)[0].toLowerCase();
    const known = groups.get(base);
    if (known) known.push(name);
    else groups.set(base, [name]);
  }
  const found = [...groups.values()].map((members) => ({
    base: splitName(members[0]!)[0],
    names: members.sort((one, other) => rank(one) - rank(other)),
  }));
  return found.sort((one, other) => order(one.base) - order(other.base) || compare(one.base, other.base));
}

function rank(name: string): number {
  return SPLIT_ORDER.indexOf(splitName(name)[1]);
}

/** What is recorded for every layer has views of its own. */
const OF_LAYERS = /^(gradient|weight|update|activation)_[a-z]+\//;

export function isOfLayer(base: string): boolean {
  return OF_LAYERS.test(base);
}

function order(base: string): number {
  if (isOfLayer(base)) return 3;
  if (base.toLowerCase() === 'loss') return 0;
  return base.includes('/') ? 2 : 1;
}

const { compare } = new Intl.Collator('en', { numeric: true });

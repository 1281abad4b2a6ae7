import { describe, expect, it } from 'vitest';

import { between } from '../../src/live/charts/between';
import { DEFAULTS, optionsFromText, optionsToText } from '../../src/live/charts/chartOptions';
import { chartPanel, epochAt, stepAtEpoch, type ChartSeries } from '../../src/live/charts/chartPanel';
import { csvOf } from '../../src/live/charts/csv';
import { Growing } from '../../src/live/charts/growing';
import { meanBand, t975 } from '../../src/live/charts/meanBand';
import { groupsOf, splitName } from '../../src/live/charts/metricNames';
import { clipping, smoothed } from '../../src/live/charts/smoothing';
import { en } from '../../src/words/en';

const floats = (...values: number[]) => Float64Array.from(values);
const points = (step: number[], value: number[]) => ({
  step: floats(...step),
  value: floats(...value),
  time: floats(...step.map((each) => 100 + each)),
});

describe('names of metrics', () => {
  it.each([
    ['val_loss', 'loss', 'validation'],
    ['Loss/train', 'Loss', 'training'],
    ['test/accuracy', 'accuracy', 'test'],
    ['value', 'value', 'training'],
    ['validation_0/mlogloss', 'mlogloss', 'validation'],
    ['val_0_loss', '0_loss', 'validation'],
  ])('%s', (name, base, split) => expect(splitName(name)).toEqual([base, split]));

  it('share a chart if they measure the same; the loss comes first, layers last', () => {
    const groups = groupsOf(['accuracy', 'gradient_norm/a', 'val_loss', 'loss', 'batch/loss', 'val_accuracy']);
    expect(groups.map(({ names }) => names)).toEqual([
      ['loss', 'val_loss'],
      ['accuracy', 'val_accuracy'],
      ['batch/loss'],
      ['gradient_norm/a'],
    ]);
  });
});

describe('growing series', () => {
  it('append what is new and leave older views as they were', () => {
    const growing = new Growing();
    growing.add(points([1, 2], [10, 20]));
    const before = growing.series;
    for (let step = 3; step < 300; step++) growing.add(points([step], [10 * step]));
    expect([...before.step]).toEqual([1, 2]);
    expect(growing.length).toBe(299);
    expect(growing.series.value[298]).toBe(2990);
  });

  it('replace a step that comes again and put late steps in their place', () => {
    const growing = new Growing();
    growing.add(points([1, 3, 5], [1, 3, 5]));
    growing.add(points([3, 4], [33, NaN]));
    expect([...growing.series.step]).toEqual([1, 3, 4, 5]);
    expect([...growing.series.value]).toEqual([1, 33, NaN, 5]);
  });
});

describe('smoothing', () => {
  it('equals the closed form of the corrected moving average', () => {
    const values = [3, 1, 4, 1, 5];
    const weight = 0.6;
    const expected = values.map((_, t) => {
      const weights = values.slice(0, t + 1).map((__, i) => weight ** (t - i));
      const total = weights.reduce((a, b) => a + b, 0);
      return weights.reduce((sum, w, i) => sum + w * values[i]!, 0) / total;
    });
    smoothed(values, weight).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
  });

  it('keeps values that are no numbers in their place', () => {
    expect([...smoothed([1, NaN, 1, Infinity], 0.9)]).toEqual([1, NaN, 1, Infinity]);
  });

  it('clips the outliers of many values and says how many', () => {
    const values = Array.from({ length: 1000 }, (_, i) => Math.sin(i));
    values[500] = 1e6;
    const clipped = clipping([values])!;
    expect(clipped.outside).toBe(1);
    expect(clipped.total).toBe(1000);
    expect(clipped.high).toBeLessThan(2);
    expect(clipping([[1, 2, 1e6]])).toBeNull();
  });
});

describe('the mean of runs', () => {
  it('has the interval of Student for three values', () => {
    const curves = [1, 2, 6].map((value) => ({ x: [7], y: [value] }));
    const band = meanBand(curves)!;
    // Mean 3, standard deviation sqrt(7); t for 2 degrees of freedom is 4.303.
    const half = 4.303 * Math.sqrt(7 / 3);
    expect(band.mean[0]).toBe(3);
    expect(band.low[0]).toBeCloseTo(3 - half, 10);
    expect(band.high[0]).toBeCloseTo(3 + half, 10);
  });

  it('stands only where every run has a value', () => {
    const band = meanBand([
      { x: [1, 2, 3], y: [1, 2, 3] },
      { x: [2, 3, 4], y: [4, 5, 6] },
    ])!;
    expect([...band.x]).toEqual([2, 3]);
    expect([...band.mean]).toEqual([3, 4]);
    expect(meanBand([{ x: [1], y: [1] }])).toBeNull();
    expect(meanBand([{ x: [1], y: [1] }, { x: [2], y: [1] }])).toBeNull();
  });

  it('knows the quantiles of Student beyond its table', () => {
    // Tables give 2.021 for 40, 2.000 for 60 and 1.980 for 120 degrees of freedom.
    for (const [degrees, quantile] of [[40, 2.021], [60, 2.0], [120, 1.98]] as const) {
      expect(t975(degrees)).toBeCloseTo(quantile, 3);
    }
  });
});

describe('how charts are drawn', () => {
  it('is written into the address and read from it', () => {
    const options = { x: 'time', smoothing: 0.6, log: true, clip: false, mean: true } as const;
    expect(optionsToText(options)).toBe('x:time,smoothing:0.6,log:1,mean:1');
    expect(optionsFromText(optionsToText(options))).toEqual(options);
    expect(optionsToText(DEFAULTS)).toBe('');
    for (const text of ['', 'x:up,smoothing:1,log:yes', 'smoothing:NaN', ',:,::']) {
      expect(optionsFromText(text)).toEqual(DEFAULTS);
    }
  });
});

describe('what lies between known places', () => {
  it('is on straight lines, and beyond them as at their ends', () => {
    const found = [-1, 0, 1, 4, 10, 11].map((at) => between(at, floats(0, 2, 10), floats(5, 7, 3)));
    expect(found).toEqual([5, 5, 6, 6, 3, 3]);
  });
});

describe('a chart', () => {
  const series = (run: string, place: number, metric: string): ChartSeries => ({
    run,
    place,
    metric,
    series: points([0, 10, 20], [3, 2, 1]),
    epochs: [[10, 1], [20, 2]],
    start: 100,
  });
  const options = { x: 'step', smoothing: 0, log: false, clip: false, mean: false } as const;
  const labels = (all: ChartSeries[], more = {}) =>
    chartPanel(all, { ...options, ...more }, en).marks.map((mark) => (mark.type === 'line' ? mark.label : ''));

  it('names curves only where there are several', () => {
    expect(labels([series('a', 0, 'loss')])).toEqual(['']);
    expect(labels([series('a', 0, 'loss'), series('a', 0, 'val_loss')])).toEqual(['loss', 'val_loss']);
    expect(labels([series('a', 0, 'loss'), series('b', 1, 'loss')])).toEqual(['a', 'b']);
  });

  it('tells two metrics of one kind apart by colour', () => {
    const { marks } = chartPanel([series('a', 0, 'loss'), series('a', 0, 'train/loss')], options, en);
    expect(new Set(marks.map((mark) => (mark.type === 'line' ? mark.tone : null))).size).toBe(2);
  });

  it('draws the raw values pale behind smoothed ones', () => {
    const { marks } = chartPanel([series('a', 0, 'loss')], { ...options, smoothing: 0.5 }, en);
    expect(marks.map((mark) => mark.type === 'line' && mark.faint)).toEqual([true, false]);
  });

  it('finds epochs between those that were recorded', () => {
    expect([0, 5, 10, 15, 20, 30].map((step) => epochAt([[10, 1], [20, 2]], step))).toEqual([0, 0.5, 1, 1.5, 2, 3]);
  });

  it('finds the step of an epoch too', () => {
    expect([0, 0.5, 1, 1.5, 2, 3].map((epoch) => stepAtEpoch([[10, 1], [20, 2]], epoch))).toEqual([0, 5, 10, 15, 20, 30]);
  });

  it('draws the averages that were told of a long curve, and none of what stands out of it', () => {
    const long = { ...series('a', 0, 'loss'), smooth: points([0, 15], [2.5, 1.5]) };
    const { marks } = chartPanel([long], { ...options, x: 'epoch', smoothing: 0.5 }, en);
    const [raw, average] = marks.flatMap((mark) => (mark.type === 'line' ? [mark] : []));
    expect([raw!.faint, [...average!.x.data], [...average!.y.data]]).toEqual([true, [0, 1.5], [2.5, 1.5]]);
    expect(chartPanel([{ ...long, smooth: null }], { ...options, smoothing: 0.5 }, en).marks).toHaveLength(1);
  });

  it('takes the mean of the averages of long curves', () => {
    const runs = [1, 3].map((value, place) => ({ ...series(`${place}`, place, 'loss'), smooth: points([0, 15], [value, 2 * value]) }));
    const [mean] = chartPanel(runs, { ...options, smoothing: 0.5, mean: true }, en).marks;
    expect(mean!.type === 'line' && [...mean!.y.data]).toEqual([2, 4]);
  });

  it('says that outliers of a long curve are counted among the points drawn', () => {
    const values = Array.from({ length: 100 }, (_, i) => (i === 50 ? 1e6 : Math.sin(i)));
    const many = { ...series('a', 0, 'loss'), series: points(values.map((_, i) => i), values), smooth: null };
    expect(chartPanel([many], { ...options, clip: true }, en).note).toContain('1 of the 100 points that are drawn');
  });

  it('is written as CSV that no spreadsheet runs', () => {
    const text = csvOf([{ ...series('=1+1', 0, 'a,b') }]);
    expect(text.split('\n').slice(0, 2)).toEqual(['run,metric,step,value,time', `'=1+1,"a,b",0,3,100`]);
  });
});

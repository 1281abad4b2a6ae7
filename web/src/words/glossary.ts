/** Titles and axes that figures bring along, in Chinese. Names people gave stay as they are. */

const TERMS: Readonly<Record<string, string>> = {
  // Quantities.
  step: '步',
  epoch: '轮',
  time: '时间',
  loss: '损失',
  accuracy: '准确率',
  precision: '精确率',
  recall: '召回率',
  f1: 'F1 值',
  support: '样本数',
  samples: '样本数',
  count: '计数',
  value: '值',
  weight: '权重',
  weights: '权重',
  bias: '偏置',
  biases: '偏置',
  gradient: '梯度',
  'gradient norm': '梯度范数',
  'update norm': '更新量范数',
  'weight norm': '权重范数',
  activation: '激活值',
  channel: '通道',
  unit: '单元',
  confidence: '置信度',
  probability: '概率',
  score: '得分',
  'true class': '真实类别',
  'predicted class': '预测类别',
  class: '类别',
  layer: '层',
  layers: '层',
  kind: '类型',
  input: '输入',
  output: '输出',
  parameter: '参数',
  parameters: '参数',
  trainable: '可训练',
  mean: '均值',
  std: '标准差',
  'standard deviation': '标准差',
  min: '最小值',
  max: '最大值',
  norm: '范数',
  shape: '形状',
  size: '大小',
  sample: '样本',
  predicted: '预测',
  true: '真实',
  correct: '正确',
  training: '训练',
  validation: '验证',
  test: '测试',
  amplitude: '振幅',
  frequency: '频率',
  // Orders and facets of samples, orders of classes.
  'as numbered': '按编号',
  'by name': '按名称',
  'most mistakes first': '错误最多的在前',
  'confused ones side by side': '易混淆的相邻',
  'as recorded': '按记录顺序',
  'highest loss': '损失最高',
  'wrong ones by loss': '错误样本（按损失）',
  'least sure': '置信度最低',
  'surest mistakes': '置信度最高的错误',
  'largest change of loss': '损失变化最大',
  verdict: '判断',
  right: '正确',
  wrong: '错误',
  'over the steps': '训练过程',
  'never learned': '从未学会',
  forgotten: '曾遗忘',
  'learned late': '较晚学会',
  'always right': '始终正确',
  // Titles.
  'Layers of the model': '模型的各层',
  'Biases of the layers': '各层的偏置',
  'Statistics of the parameters': '参数统计',
  'Gradients per epoch': '每轮的梯度',
  'Gradients per step, by layer': '各层每步的梯度',
  'Size of the updates, by layer': '各层更新量的大小',
  'Batch loss': '批次损失',
  'Confusion matrix': '混淆矩阵',
  // Facts.
  status: '状态',
  data: '数据',
  model: '模型',
  framework: '框架',
  epochs: '轮数',
  batch_size: '批大小',
  learning_rate: '学习率',
  seed: '随机种子',
  finished: '已完成',
  'Most frequent confusion': '最常见的混淆',
  'Validation loss': '验证损失',
};

const SPLITS: Readonly<Record<string, string>> = {
  train: '训练',
  training: '训练',
  validation: '验证',
  val: '验证',
  test: '测试',
  probe: '探针',
};
const split = (name: string) => SPLITS[name] ?? name;

type Pattern = readonly [pattern: RegExp, write: (...parts: string[]) => string];

const PATTERNS: readonly Pattern[] = [
  [/^Weights of (.+)$/, (name) => `${name} 的权重`],
  [/^What each unit of (.+) looks at$/, (name) => `${name} 的每个单元在看什么`],
  [/^Feature maps of (.+), (\S+) samples$/, (name, of) => `${name} 的特征图（${split(of!)}样本）`],
  [/^Feature vectors of (.+), (\S+) samples$/, (name, of) => `${name} 的特征向量（${split(of!)}样本）`],
  [/^Predictions of (\S+) samples$/, (of) => `${split(of!)}样本的预测`],
  [/^Wrong predictions of (\S+) samples$/, (of) => `${split(of!)}样本的错误预测`],
  [
    /^Class scores of the (\S+) samples with the highest loss$/,
    (of) => `损失最大的${split(of!)}样本的类别得分`,
  ],
  [/^Class scores of (\S+) samples$/, (of) => `${split(of!)}样本的类别得分`],
  [/^Confusion matrix of the (\S+) samples$/, (of) => `${split(of!)}样本的混淆矩阵`],
  [/^Mistakes among the (\S+) samples$/, (of) => `${split(of!)}样本中的错误`],
  [/^Classification report of the (\S+) samples$/, (of) => `${split(of!)}样本的分类报告`],
  [/^Accuracy on (\S+)$/, (of) => `${split(of!)}准确率`],
  [/^Shape (.+)$/, (shape) => `形状 ${shape}`],
  [/^unit (\d+)$/, (number) => `单元 ${number}`],
  [/^channel (\d+)$/, (number) => `通道 ${number}`],
  [/^sample (\S+): true (.+), predicted (.+)$/, (id, right, got) => `样本 ${id}：真实 ${right}，预测 ${got}`],
];

/** A text in Chinese, or as it is where the glossary does not know it. */
export function inChinese(text: string): string {
  const known = Object.hasOwn(TERMS, text) ? TERMS[text] : undefined;
  if (known !== undefined) return known;
  for (const [pattern, write] of PATTERNS) {
    const match = pattern.exec(text);
    if (match) return write(...match.slice(1));
  }
  return text;
}

/** Length of a text in Latin characters: those of East Asian scripts are twice as wide. */
export function visibleLength(text: string): number {
  return text.length + (text.match(/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/g)?.length ?? 0);
}

/** The `count` longest of many texts. */
export function longest(texts: readonly string[], count: number): string[] {
  const distinct = [...new Set(texts)].map((text) => [visibleLength(text), text] as const);
  return distinct
    .sort(([a], [b]) => b - a)
    .slice(0, count)
    .map(([, text]) => text);
}

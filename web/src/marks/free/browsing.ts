/** Which elements of a mark are shown, and in which order. */

import type { Browse } from '../../data/types';

export interface Choice {
  /** Name of an order; null for the first. */
  order: string | null;
  reversed: boolean;
  /** Names of the facets, and of what is kept of each. */
  facets: ReadonlyMap<string, string>;
}

/** The elements a reader asked for. */
export function browsed(browse: Browse, choice: Choice): number[] {
  const order = (choice.order && browse.orders.get(choice.order)) || [...browse.orders.values()][0]!;
  const wanted = browse.facets.flatMap((facet) => {
    const name = choice.facets.get(facet.label);
    const code = name === undefined ? -1 : facet.names.indexOf(name);
    return code < 0 ? [] : [{ codes: facet.codes.data, code }];
  });
  const kept: number[] = [];
  for (const element of order.data) {
    if (wanted.every(({ codes, code }) => codes[element] === code)) kept.push(element);
  }
  return choice.reversed ? kept.reverse() : kept;
}

/** How many elements each name of a facet stands for, were the other facets as they are chosen. */
export function tallies(browse: Browse, choice: Choice, label: string): Map<string, number> {
  const others = new Map([...choice.facets].filter(([name]) => name !== label));
  const facet = browse.facets.find((each) => each.label === label)!;
  const counts = new Uint32Array(facet.names.length);
  for (const element of browsed(browse, { ...choice, facets: others })) {
    const code = facet.codes.data[element]!;
    if (code >= 0) counts[code]!++;
  }
  const told = facet.names.map((name, code) => [name, counts[code]!] as const);
  return new Map(told.filter(([name, count]) => count > 0 || choice.facets.get(label) === name));
}

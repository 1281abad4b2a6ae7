/** What the navigation leads to: rooms where sections have them, else the sections themselves. */

import type { Section } from '../data/types';

export interface Place {
  id: string;
  title: string;
  sections: readonly Section[];
}

export function placesOf(sections: readonly Section[]): Place[] {
  const places: { title: string; sections: Section[] }[] = [];
  const rooms = new Map<string, { title: string; sections: Section[] }>();
  for (const section of sections) {
    const known = section.room ? rooms.get(section.room) : undefined;
    if (known) known.sections.push(section);
    else {
      const place = { title: section.room || section.title, sections: [section] };
      places.push(place);
      if (section.room) rooms.set(section.room, place);
    }
  }
  return places.map((place, i) => ({ ...place, id: `place-${i + 1}-${slug(place.title)}` }));
}

function slug(title: string): string {
  return title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
}

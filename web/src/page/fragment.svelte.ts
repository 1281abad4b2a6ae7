/** What was set inside the views of a report, kept behind the fragment: `#place?controls=...`. */

import { controls } from '../state/controls.svelte';

/** Call it while the page is made. */
export function followControls(): void {
  if (window.parent !== window) return; // a page inside another one has no address of its own
  const read = () => {
    const [place = '', query = ''] = location.hash.slice(1).split('?', 2);
    controls.read(new URLSearchParams(query).get('controls') ?? '');
    return place;
  };
  const place = read();
  if (place && location.hash.includes('?')) {
    requestAnimationFrame(() => document.getElementById(place)?.scrollIntoView());
  }
  $effect(() => {
    const text = controls.text();
    const timer = setTimeout(() => write(text), 250);
    return () => clearTimeout(timer);
  });
}

function write(text: string): void {
  const place = location.hash.slice(1).split('?', 1)[0]!;
  const query = text && `?controls=${readable(text)}`;
  const hash = place || query ? `#${place}${query}` : '';
  if (hash !== location.hash) history.replaceState(history.state, '', hash || location.pathname);
}

/** Colons, commas and slashes are allowed in fragments, and easier to read than their codes. */
function readable(text: string): string {
  return encodeURIComponent(text).replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%2F/g, '/');
}

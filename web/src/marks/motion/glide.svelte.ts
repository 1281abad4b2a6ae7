/** Points glide to their new places when a picture follows another, so that each can be followed. */

import { untrack } from 'svelte';
import type { Panel } from '../../data/types';
import { between, wayOf, type Way } from './between';

const GLIDE_MS = 250;
/** From one frame to the next: where drawing takes long, a glide takes longer rather than being a jump. */
const MOST_OF_IT = 1 / 4;

/**
 * The panel as it is at this moment: on its way for a quarter of a second after it changed.
 *
 * A change on the way goes on from where the points are. Call it while a component is made.
 */
export function glide(target: () => Panel): { readonly panel: Panel } {
  let before: Panel | null = null;
  let moving = $state.raw<{ way: Way; share: number } | null>(null);
  const panel = $derived.by(() => {
    const to = target();
    return moving?.way.to === to ? between(moving.way, moving.share) : to;
  });

  function start(to: Panel): (() => void) | undefined {
    const from = moving ? between(moving.way, moving.share) : before;
    before = to;
    const way = from && isWelcome() ? wayOf(from, to) : null;
    moving = way && { way, share: 0 };
    if (!way) return undefined;
    let [share, last] = [0, Infinity];
    let request = requestAnimationFrame(function go(now) {
      share += Math.min(MOST_OF_IT, Math.max(0, (now - last) / GLIDE_MS));
      last = now;
      moving = share < 1 ? { way, share } : null;
      if (moving) request = requestAnimationFrame(go);
    });
    return () => cancelAnimationFrame(request);
  }

  $effect(() => {
    const to = target();
    return untrack(() => start(to));
  });

  return {
    get panel() {
      return panel;
    },
  };
}

function isWelcome(): boolean {
  return !window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}

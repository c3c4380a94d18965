/** From sound to the blocks that a graph takes; the same cuts as the program's, so that the answers are the same. */

import { hopSamples, windowSamples } from "./card";
import type { Card } from "./records";

/** Windows of a block: neighbours share their work inside a block. */
export const BLOCK_WINDOWS = 32;

/** A stretch of samples, from `start` up to `end`. */
export interface Cut {
  start: number;
  end: number;
}

/**
 * The blocks of a song: each a whole number of hops longer than a window, and every window whole in exactly one.
 * A song shorter than a window is one block, to be repeated until it fills one (see `fill`).
 */
export function cutBlocks(nSamples: number, card: Card): Cut[] {
  const window = windowSamples(card);
  const hop = hopSamples(card);
  if (nSamples < window) return [{ start: 0, end: nSamples }];
  const overlap = window - hop;
  const block = window + (BLOCK_WINDOWS - 1) * hop;
  const cuts: Cut[] = [];
  for (let start = 0; start < Math.max(nSamples - overlap, 1); start += block - overlap) {
    const held = Math.min(block, nSamples - start);
    if (held < window) break;
    cuts.push({ start, end: start + window + Math.floor((held - window) / hop) * hop });
  }
  return cuts;
}

/** Repeat samples until they fill a window. */
export function fill(samples: Float32Array, window: number): Float32Array {
  const filled = new Float32Array(window);
  for (let i = 0; i < window; i++) filled[i] = samples[i % samples.length]!;
  return filled;
}

/** How many windows a block of `nSamples` holds. */
export function countWindows(nSamples: number, card: Card): number {
  return 1 + Math.floor((nSamples - windowSamples(card)) / hopSamples(card));
}

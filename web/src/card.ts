/** What a model's card says of samples and words. */

import type { Card, Timeline, VocabularyMap } from "./records";

export const NATIVE = "native";

export function windowSamples(card: Card): number {
  return Math.round(card.window_s * card.sample_rate_hz);
}

export function hopSamples(card: Card): number {
  return Math.round(card.hop_s * card.sample_rate_hz);
}

/** The vocabularies that a model can answer in, its own first. */
export function vocabularies(card: Card): string[] {
  return [NATIVE, ...Object.keys(card.vocabularies)];
}

/** Carry native probabilities over; the result sums to 1, evenly where no word of the target fits. */
export function applyMap(map: VocabularyMap, native: ArrayLike<number>): Float32Array {
  const sums = new Float64Array(map.labels.length);
  for (let row = 0; row < native.length; row++) {
    const weights = map.weights[row] ?? [];
    for (let column = 0; column < sums.length; column++) {
      sums[column]! += native[row]! * (weights[column] ?? 0);
    }
  }
  const total = sums.reduce((sum, value) => sum + value, 0);
  return Float32Array.from(sums, (value) => (total > 0 ? value / total : 1 / sums.length));
}

/** Say windows' native probabilities in a vocabulary, with their times. */
export function makeTimeline(card: Card, native: ArrayLike<number>[], vocabulary: string): Timeline {
  const map = vocabulary === NATIVE ? undefined : card.vocabularies[vocabulary];
  if (vocabulary !== NATIVE && map === undefined) {
    throw new Error(`model '${card.name}' has no map to the vocabulary '${vocabulary}'`);
  }
  return {
    start_s: 0,
    window_s: card.window_s,
    hop_s: card.hop_s,
    labels: map ? map.labels : card.labels,
    probabilities: map ? native.map((row) => applyMap(map, row)) : native,
  };
}

/** From what a graph says of windows to what is said of a track. */

import { makeTimeline } from "./card";
import type { Card, GenreScore, Notice, Prediction, Timeline } from "./records";

/** Everything said of a track's windows, in order and in the model's own genres. */
export interface Windows {
  probabilities: Float32Array[];
  voice: number[] | null;
  speech: number[] | null;
}

/** The mean of each column. */
export function meanColumns(rows: ArrayLike<number>[], nColumns: number): Float64Array {
  const sums = new Float64Array(nColumns);
  for (const row of rows) {
    for (let column = 0; column < nColumns; column++) sums[column]! += row[column]!;
  }
  return sums.map((sum) => sum / rows.length);
}

export function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The track's genres, best first: each confidence is the mean of its course over time. */
export function trackGenres(timeline: Timeline): GenreScore[] {
  const means = meanColumns(timeline.probabilities, timeline.labels.length);
  const total = means.reduce((sum, value) => sum + value, 0);
  const scores = timeline.labels.map((label, column) => ({ label, confidence: means[column]! / total }));
  return scores.sort((a, b) => b.confidence - a.confidence);
}

/** A caution where a track is mostly people talking. */
export function speechNotice(windows: Windows, card: Card): Notice | null {
  if (windows.speech === null || card.speech_above === null) return null;
  const share = mean(windows.speech);
  if (share <= card.speech_above) return null;
  const percent = (100 * share).toFixed(0);
  return {
    kind: "speech",
    message: `mostly speech (${percent}%); genres are names for music, so take them with caution.`,
  };
}

/**
 * Put together all that is said of a track. Unsure is decided in the model's own genres: a vocabulary with fewer
 * words must not make a model look surer.
 */
export function describe(windows: Windows, card: Card, path: string, duration_s: number, vocabulary: string): Prediction {
  const timeline = makeTimeline(card, windows.probabilities, vocabulary);
  const speech = speechNotice(windows, card);
  const bestNative = Math.max(...meanColumns(windows.probabilities, card.labels.length));
  return {
    path,
    duration_s,
    model: card.name,
    vocabulary,
    genres: trackGenres(timeline),
    unsure: bestNative < card.unsure_below || speech !== null,
    voice: windows.voice === null ? null : mean(windows.voice),
    timeline,
    warnings: speech === null ? [] : [speech],
  };
}

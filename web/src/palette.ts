/** The colours of genres, the same as in the program's pictures (palette.json is compared with them by a test). */

import palette from "./palette.json";
import type { GenreScore } from "./records";

export const COLOURS: readonly string[] = palette.colours;
export const OTHER_COLOUR: string = palette.other;

/**
 * Give each genre that a picture shows a colour of its own. It follows from the genre's place in the vocabulary;
 * where two would share one, the weaker takes the next free colour. Those in `kept` keep theirs, so that a genre looks
 * the same in two courses side by side.
 */
export function assignColours(
  shown: string[],
  vocabulary: string[],
  kept: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const chosen = new Map<string, string>();
  for (const label of shown) {
    const colour = kept.get(label);
    if (colour !== undefined) chosen.set(label, colour);
  }
  for (const label of shown) {
    if (chosen.has(label)) continue;
    const first = vocabulary.indexOf(label);
    const wished = COLOURS.map((_, step) => COLOURS[(first + step) % COLOURS.length]!);
    const taken = new Set(chosen.values());
    chosen.set(label, wished.find((colour) => !taken.has(colour)) ?? OTHER_COLOUR);
  }
  return chosen;
}

/** The strongest genres, as many as there are colours; below one percent nothing can be seen. */
export function shownGenres(genres: GenreScore[]): string[] {
  return genres
    .slice(0, COLOURS.length)
    .filter((score, place) => place === 0 || score.confidence >= 0.01)
    .map((score) => score.label);
}

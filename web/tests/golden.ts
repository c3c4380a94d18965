/** What the program answers for the same input; written by tests/web/_golden.py. */

import type { Card, GenreScore, Notice } from "../src/records";
import type { Windows } from "../src/track";
import golden from "./golden.json";

export interface GoldenSong {
  windows: { probabilities: number[][]; voice: number[]; speech: number[] };
  vocabulary: string;
  object: { genres: GenreScore[]; unsure: boolean; voice: number; warnings: Notice[] };
  jams: object;
  csv: string;
  correlation: number[][];
}

export const card = golden.card as unknown as Card;
export const songs = golden.songs as unknown as GoldenSong[];
export const { layout, plain, resampled } = golden;
export const colours = golden.colours as unknown as [string[], Record<string, string>][];

export function windowsOf(song: GoldenSong): Windows {
  const { probabilities, voice, speech } = song.windows;
  return { probabilities: probabilities.map((row) => Float32Array.from(row)), voice, speech };
}

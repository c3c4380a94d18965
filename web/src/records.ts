/** What travels through the page: the command line's contract, in the same words and units. */

export interface GenreScore {
  label: string;
  /** 0 to 1. */
  confidence: number;
}

export interface Notice {
  kind: string;
  message: string;
}

/** The course of the genres: window `i` covers `start_s + i * hop_s` to `start_s + i * hop_s + window_s`. */
export interface Timeline {
  start_s: number;
  window_s: number;
  hop_s: number;
  labels: string[];
  /** One row a window; each sums to 1. */
  probabilities: ArrayLike<number>[];
}

export interface Prediction {
  path: string;
  duration_s: number;
  model: string;
  vocabulary: string;
  /** The whole vocabulary, best first. */
  genres: GenreScore[];
  unsure: boolean;
  /** Share of the track (0 to 1) with a voice; null where the model does not know. */
  voice: number | null;
  timeline: Timeline | null;
  warnings: Notice[];
}

export interface VocabularyMap {
  labels: string[];
  /** One row a native genre, one column a target genre. */
  weights: number[][];
}

/** The part of a model's card that the page needs. */
export interface Card {
  name: string;
  labels: string[];
  sample_rate_hz: number;
  window_s: number;
  hop_s: number;
  unsure_below: number;
  speech_above: number | null;
  vocabularies: Record<string, VocabularyMap>;
}

export const CHOOSE = "Choose a song, such as an MP3, M4A, FLAC, Ogg or WAV file.";

/** Why a song has no answer, in words for people. */
export class SongError extends Error {
  constructor(
    readonly kind: string,
    message: string,
  ) {
    super(message);
    this.name = "SongError";
  }
}

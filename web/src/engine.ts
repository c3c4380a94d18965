/** Whatever hears a song: a server, or this browser. */

import type { Card, Prediction, Timeline } from "./records";
import type { Song } from "./song";

export interface Ask {
  model: Card;
  vocabulary: string;
}

/** What is known while a song is heard. */
export interface Progress {
  /** What is being done, in words. */
  words: string;
  /** 0 to 1; null where nobody knows. */
  share: number | null;
  /** The course so far. */
  timeline: Timeline | null;
}

export interface Engine {
  /** Where songs go, in words for people. */
  readonly place: string;
  models(): Promise<Card[]>;
  /** Hear a song; a SongError where it has no answer, an AbortError where `signal` ended it. */
  predict(song: Song, ask: Ask, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<Prediction>;
}

/** A path beside the page, wherever the page lies. */
export function beside(path: string): string {
  return new URL(path, document.baseURI).href;
}

/** Fetch JSON from beside the page. */
export async function fetchJson<T>(path: string): Promise<T> {
  const response = await fetch(beside(path));
  if (!response.ok) throw new Error(`${path} could not be fetched (${response.status} ${response.statusText}).`);
  return (await response.json()) as T;
}

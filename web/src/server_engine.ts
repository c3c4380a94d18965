/** Has songs heard by the service that this page came from. */

import { beside, type Ask, type Engine, fetchJson, type Progress } from "./engine";
import { CHOOSE, type Card, type Prediction, SongError, type Timeline } from "./records";
import type { Song } from "./song";

const ALL_GENRES = 1000;
const MAX_TRIES = 20;

type Line =
  | { kind: "progress"; heard_s: number; duration_s: number | null }
  | ({ kind: "windows" } & Timeline)
  | ({ kind: "prediction" } & Prediction)
  | { kind?: undefined; path: string; error: { kind: string; message: string } };

export class ServerEngine implements Engine {
  readonly place = `Your song is heard by the service at ${location.host}, which keeps no copy of it.`;

  async models(): Promise<Card[]> {
    const found = await fetchJson<Card[] | { models: Card[] }>("v1/models");
    return Array.isArray(found) ? found : found.models;
  }

  async predict(song: Song, ask: Ask, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<Prediction> {
    onProgress({ words: "Sending the song", share: null, timeline: null });
    const response = await this.post(song, ask, onProgress, signal);
    let timeline: Timeline | null = null;
    let share: number | null = null;
    for await (const line of readLines(response)) {
      if (line.kind === "prediction") return answerOf(line, timeline);
      if (line.kind === undefined) throw songError(line.error);
      if (line.kind === "windows") timeline = append(timeline, line);
      if (line.kind === "progress" && line.duration_s) share = Math.min(1, line.heard_s / line.duration_s);
      onProgress({ words: "Listening", share, timeline });
    }
    throw new SongError("failed", "The service broke off before the end. Try again.");
  }

  /** Send the song; where the service is busy, wait as long as it says and try again. */
  private async post(song: Song, ask: Ask, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<Response> {
    const query = new URLSearchParams({
      model: ask.model.name,
      vocabulary: ask.vocabulary,
      top: String(Math.min(ALL_GENRES, labelsOf(ask).length)),
      timeline: "true",
    });
    for (let tries = 1; ; tries++) {
      const body = new FormData();
      body.append("file", song.blob, song.name);
      const headers = { accept: "application/x-ndjson" };
      const response = await this.fetch(`v1/predict?${query}`, { method: "POST", body, headers, signal });
      if (response.ok) return response;
      if (response.status !== 429 || tries === MAX_TRIES) throw await refusal(response);
      const wait_s = Math.max(1, Number(response.headers.get("retry-after")) || 1);
      onProgress({ words: `The service is busy; trying again in ${wait_s} s`, share: null, timeline: null });
      await pause(wait_s, signal);
    }
  }

  private async fetch(path: string, options: RequestInit): Promise<Response> {
    try {
      return await fetch(beside(path), options);
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw new SongError("failed", "The service cannot be reached, or it refused the file. Is it still running?");
    }
  }
}

function labelsOf(ask: Ask): string[] {
  return ask.model.vocabularies[ask.vocabulary]?.labels ?? ask.model.labels;
}

function answerOf(line: Prediction & { kind?: string }, streamed: Timeline | null): Prediction {
  const { kind: _, ...prediction } = line;
  return { ...prediction, timeline: prediction.timeline ?? streamed };
}

function append(timeline: Timeline | null, more: Timeline): Timeline {
  const { start_s, window_s, hop_s, labels, probabilities } = more;
  if (timeline === null) return { start_s, window_s, hop_s, labels, probabilities: [...probabilities] };
  return { ...timeline, probabilities: [...timeline.probabilities, ...probabilities] };
}

/** An error of the service, which says what to do as on a command line, in words for the page. */
export function songError({ kind, message }: { kind: string; message: string }): SongError {
  if (kind !== "not_audio" && kind !== "no_audio_stream") return new SongError(kind, message);
  const [what] = message.split(/[;.]/);
  return new SongError(kind, `This file holds no sound we can read: ${what}. ${CHOOSE}`);
}

/** The error in a refused answer, in the service's own words where it gives any. */
async function refusal(response: Response): Promise<SongError> {
  try {
    const body = (await response.json()) as { error?: { kind: string; message: string }; detail?: unknown };
    if (body.error) return songError(body.error);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause; // a page instead of JSON: a proxy answered
  }
  return new SongError("failed", `The service answered ${response.status} ${response.statusText}. Try again.`);
}

/** The lines of a streamed answer, as they come. */
export async function* readLines(response: Response): AsyncGenerator<Line> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (held + part.value).split("\n");
    held = lines.pop()!;
    for (const line of lines) if (line.trim()) yield JSON.parse(line) as Line;
  }
  if (held.trim()) yield JSON.parse(held) as Line;
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, 1000 * seconds);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

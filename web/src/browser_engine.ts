/** Hears songs in this browser: the static site's engine. */

import { makeTimeline } from "./card";
import { beside, type Ask, type Engine, fetchJson, type Progress } from "./engine";
import type { FromWorker, ModelFile, ToWorker } from "./protocol";
import { type Card, type Prediction, SongError } from "./records";
import type { Song } from "./song";
import { MAX_MINUTES, type Sound } from "./sound";
import { describe, type Windows } from "./track";

/** What `genrescope site` writes beside the page. */
interface Site {
  models: { file: string; bytes: number; card: Card }[];
}

export class BrowserEngine implements Engine {
  readonly place = `Your song is heard in this browser and never leaves your machine. Up to ${MAX_MINUTES} minutes a song.`;
  private site: Promise<Site> | null = null;
  private readonly worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  private readonly heard = new WeakMap<Song, Map<string, Windows>>();
  private lastJob = 0;
  private loaded: Song | null = null;

  async models(): Promise<Card[]> {
    return (await this.readSite()).models.map((model) => model.card);
  }

  async predict(song: Song, ask: Ask, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<Prediction> {
    const card = ask.model;
    const tell = (words: string, share: number | null, windows: Windows | null = null) =>
      onProgress({
        words,
        share,
        timeline: windows ? makeTimeline(card, windows.probabilities, ask.vocabulary) : null,
      });
    tell("Decoding the song", null);
    const { duration_s } = await this.load(song);
    signal.throwIfAborted();
    const known = this.heard.get(song) ?? new Map<string, Windows>();
    this.heard.set(song, known);
    const windows = known.get(card.name) ?? (await this.hear(await this.file(card), tell, signal));
    known.set(card.name, windows); // in other words the same song needs no second hearing
    return describe(windows, card, song.name, duration_s, ask.vocabulary);
  }

  /** Give the song to the worker, which keeps one; its samples are moved there, not copied. */
  private async load(song: Song): Promise<Sound> {
    let sound = await song.sound();
    if (this.loaded === song) return sound;
    if (sound.samples.length === 0) {
      song.forgetSound(); // its samples went to the worker before another song did
      sound = await song.sound();
    }
    const { samples, sampleRate_hz } = sound;
    this.worker.postMessage({ kind: "song", samples, sampleRate_hz } satisfies ToWorker, [samples.buffer]);
    this.loaded = song;
    return sound;
  }

  private readSite(): Promise<Site> {
    this.site ??= fetchJson<Site>("site.json");
    return this.site;
  }

  private async file(card: Card): Promise<ModelFile> {
    const model = (await this.readSite()).models.find((item) => item.card.name === card.name);
    if (model === undefined) throw new Error(`There is no model '${card.name}' beside this page.`);
    return { card, url: beside(model.file), bytes: model.bytes };
  }

  private hear(
    model: ModelFile,
    tell: (words: string, share: number | null, windows?: Windows) => void,
    signal: AbortSignal,
  ): Promise<Windows> {
    const job = ++this.lastJob;
    const windows: Windows = { probabilities: [], voice: null, speech: null };
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.worker.removeEventListener("message", onMessage);
        this.worker.removeEventListener("error", onError);
        signal.removeEventListener("abort", onAbort);
        settle();
      };
      const onMessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.job !== job) return;
        if (data.kind === "loading") tell("Fetching the model (once)", data.share);
        if (data.kind === "block") {
          append(windows, data);
          tell("Listening", data.share, windows);
        }
        if (data.kind === "failed") end(() => reject(new SongError(data.error, data.message)));
        if (data.kind === "done") {
          document.documentElement.dataset["device"] = data.device;
          end(() => resolve(windows));
        }
      };
      const onError = (event: ErrorEvent) =>
        end(() => reject(new SongError("failed", `The listener could not start (${event.message || "unknown"}).`)));
      const onAbort = () => {
        this.worker.postMessage({ kind: "stop", job } satisfies ToWorker);
        end(() => reject(signal.reason));
      };
      this.worker.addEventListener("message", onMessage);
      this.worker.addEventListener("error", onError);
      signal.addEventListener("abort", onAbort);
      this.worker.postMessage({ kind: "hear", job, model } satisfies ToWorker);
      tell("Preparing the model", null);
    });
  }
}

function append(windows: Windows, block: Windows): void {
  windows.probabilities.push(...block.probabilities);
  if (block.voice) windows.voice = [...(windows.voice ?? []), ...block.voice];
  if (block.speech) windows.speech = [...(windows.speech ?? []), ...block.speech];
}

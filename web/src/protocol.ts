/** What the page and its worker say to each other. */

import type { Card } from "./records";

/** A model file beside the page. */
export interface ModelFile {
  card: Card;
  url: string;
  bytes: number;
}

export type ToWorker =
  /** The song that the next jobs are about; the last one is let go. */
  | { kind: "song"; samples: Float32Array; sampleRate_hz: number }
  | { kind: "hear"; job: number; model: ModelFile }
  | { kind: "stop"; job: number };

export type FromWorker =
  | { kind: "loading"; job: number; share: number }
  | {
      kind: "block";
      job: number;
      probabilities: Float32Array[];
      voice: number[] | null;
      speech: number[] | null;
      share: number;
    }
  | { kind: "done"; job: number; device: string }
  | { kind: "failed"; job: number; error: string; message: string };

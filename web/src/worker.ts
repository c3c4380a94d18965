/** Hears songs beside the page, so that the page stays alive meanwhile. */

import { windowSamples } from "./card";
import { Graph } from "./graph";
import { countWindows, cutBlocks, fill } from "./layout";
import type { FromWorker, ModelFile, ToWorker } from "./protocol";
import { SongError } from "./records";
import { Resampler } from "./resample";

const graphs = new Map<string, Promise<Graph>>();
const stopped = new Set<number>();
let queue: Promise<void> = Promise.resolve();
let song: Samples | null = null;

interface Samples {
  samples: Float32Array;
  sampleRate_hz: number;
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "song") song = data;
  if (data.kind === "stop") stopped.add(data.job);
  if (data.kind === "hear" && song !== null) {
    const heard = song; // the one of now, also where the job has to wait
    queue = queue.then(() => answer(data.job, data.model, heard));
  }
};

function say(message: FromWorker): void {
  self.postMessage(message);
}

async function answer(job: number, model: ModelFile, heard: Samples): Promise<void> {
  try {
    if (stopped.has(job)) return;
    const graph = await opened(job, model);
    await hear(job, graph, model, heard);
    say({ kind: "done", job, device: graph.device });
  } catch (cause) {
    const error = cause instanceof SongError ? cause.kind : "failed";
    say({ kind: "failed", job, error, message: cause instanceof Error ? cause.message : String(cause) });
  }
}

async function opened(job: number, model: ModelFile): Promise<Graph> {
  let graph = graphs.get(model.url);
  if (graph === undefined) {
    graph = download(job, model).then((data) => Graph.open(data, model.card));
    graphs.set(model.url, graph);
    graph.catch(() => graphs.delete(model.url)); // the next song tries again
  }
  return graph;
}

async function hear(job: number, graph: Graph, model: ModelFile, heard: Samples): Promise<void> {
  const sound = new Resampler(heard.samples, heard.sampleRate_hz, model.card.sample_rate_hz);
  const cuts = cutBlocks(sound.length, model.card);
  for (const [place, { start, end }] of cuts.entries()) {
    if (stopped.has(job)) return;
    const whole = sound.range(start, end);
    const window = windowSamples(model.card);
    const block = whole.length < window ? fill(whole, window) : whole;
    const outputs = await graph.run(block);
    if (outputs.probabilities.length !== countWindows(block.length, model.card)) {
      throw new Error(`The model '${model.card.name}' does not keep what its card says; export it again.`);
    }
    if (outputs.probabilities.some((row) => !row.every(Number.isFinite))) {
      throw new SongError("damaged", "The sound is beyond all measure; scale it down.");
    }
    say({ kind: "block", job, ...outputs, share: (place + 1) / cuts.length });
    await new Promise((resolve) => setTimeout(resolve)); // a word to stop is heard here
  }
}

async function download(job: number, model: ModelFile): Promise<Uint8Array> {
  const response = await fetch(model.url);
  if (!response.ok || response.body === null) {
    throw new Error(`The model could not be fetched (${response.status} ${response.statusText}). Load the page again.`);
  }
  const data = new Uint8Array(model.bytes);
  const reader = response.body.getReader();
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.length > data.length) break;
    data.set(part.value, length);
    length += part.value.length;
    say({ kind: "loading", job, share: length / data.length });
  }
  if (length !== data.length) throw new Error("The model did not come whole. Load the page again.");
  return data;
}

/** A model's graph in ONNX Runtime, on the graphics processor where that works and on the processor elsewhere. */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import gpuGlueUrl from "onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url";
import gpuWasmUrl from "onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url";
import glueUrl from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import wasmUrl from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";

import type { Card } from "./records";

const MAX_THREADS = 4;
const NEEDED = ["probabilities"];
const OPTIONAL = ["voice", "speech"];

/** What a graph says of a block. */
export interface Outputs {
  probabilities: Float32Array[];
  voice: number[] | null;
  speech: number[] | null;
}

type Runtime = typeof import("onnxruntime-web");
type Device = "webgpu" | "wasm";

export class Graph {
  private constructor(
    private readonly runtime: Runtime,
    private readonly session: InferenceSession,
    private readonly card: Card,
    readonly device: Device,
  ) {}

  /** Open a model file. */
  static async open(data: Uint8Array, card: Card): Promise<Graph> {
    if (await hasGpu()) {
      try {
        const graph = await Graph.openOn("webgpu", data, card);
        await graph.run(new Float32Array(Math.round(card.window_s * card.sample_rate_hz)));
        return graph;
      } catch (cause) {
        console.warn("The graphics processor cannot run the model; the processor does it.", cause);
      }
    }
    return Graph.openOn("wasm", data, card);
  }

  private static async openOn(device: Device, data: Uint8Array, card: Card): Promise<Graph> {
    const runtime = await loadRuntime(device);
    const session = await runtime.InferenceSession.create(data, { executionProviders: [device] });
    return new Graph(runtime, session, card, device);
  }

  /** Run one block of samples. */
  async run(samples: Float32Array): Promise<Outputs> {
    const known = new Set(this.session.outputNames);
    const wanted = [...NEEDED, ...OPTIONAL.filter((name) => known.has(name))];
    const waveform = new this.runtime.Tensor("float32", samples, [1, samples.length]);
    const found = await this.session.run({ waveform }, wanted);
    return {
      probabilities: rows(found["probabilities"]!, this.card.labels.length),
      voice: column(found["voice"]),
      speech: column(found["speech"]),
    };
  }
}

async function loadRuntime(device: Device): Promise<Runtime> {
  const runtime = device === "webgpu" ? await import("onnxruntime-web/jspi") : await import("onnxruntime-web/wasm");
  runtime.env.wasm.wasmPaths = device === "webgpu" ? { mjs: gpuGlueUrl, wasm: gpuWasmUrl } : { mjs: glueUrl, wasm: wasmUrl };
  // Threads share memory, and browsers allow that only to pages that the server isolates from others.
  runtime.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(MAX_THREADS, navigator.hardwareConcurrency) : 1;
  runtime.env.logLevel = "error";
  return runtime as Runtime;
}

interface Adapter {
  isFallbackAdapter?: boolean;
  info?: { isFallbackAdapter?: boolean };
}

/**
 * True where WebGPU and what ONNX Runtime needs beside it (JavaScript Promise Integration) are there. A graphics
 * processor that the browser only imitates is many times slower than the processor itself.
 */
async function hasGpu(): Promise<boolean> {
  const gpu = (navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } }).gpu;
  if (gpu === undefined || !("Suspending" in WebAssembly)) return false;
  try {
    const adapter = await gpu.requestAdapter();
    return adapter !== null && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false);
  } catch {
    return false; // an adapter that fails is none
  }
}

function rows(tensor: Tensor, nColumns: number): Float32Array[] {
  const data = tensor.data as Float32Array;
  return Array.from({ length: data.length / nColumns }, (_, row) => data.slice(row * nColumns, (row + 1) * nColumns));
}

function column(tensor: Tensor | undefined): number[] | null {
  return tensor === undefined ? null : Array.from(tensor.data as Float32Array);
}

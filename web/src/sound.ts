/** From a file to samples, by the browser's own decoder. */

import { CHOOSE, SongError } from "./records";

/** A browser decodes a whole file at once: twenty minutes of stereo take some 700 MB on the way. */
export const MAX_MINUTES = 20;
/** Where a file does not tell its rate at once, it is decoded at this one: raising a rate does no harm below 8 kHz. */
const USUAL_RATE_HZ = 48_000;
const OUTLINE_POINTS = 2000;
const MIN_SOUND_S = 1;
/** -80 dBFS: below it there is nothing to hear. */
const SILENT_PEAK = 1e-4;
const METADATA_WAIT_MS = 4000;
const HEAD_BYTES = 64;

export interface Sound {
  /** Mono, full scale is ±1. */
  samples: Float32Array;
  sampleRate_hz: number;
  duration_s: number;
  /** The highest level (0 to 1) in each of many equal stretches. */
  outline: Float32Array;
}

const FORMATS: [name: string, at: number, bytes: string][] = [
  ["WAV", 0, "RIFF"],
  ["WAV (RF64)", 0, "RF64"],
  ["FLAC", 0, "fLaC"],
  ["Ogg", 0, "OggS"],
  ["MP3", 0, "ID3"],
  ["MP4 or M4A", 4, "ftyp"],
  ["AIFF", 0, "FORM"],
  ["CAF", 0, "caff"],
  ["AU", 0, ".snd"],
  ["Monkey's Audio", 0, "MAC "],
  ["WavPack", 0, "wvpk"],
  ["Musepack", 0, "MPCK"],
  ["WMA", 0, "\x30\x26\xb2\x75"],
  ["Matroska or WebM", 0, "\x1a\x45\xdf\xa3"],
];

/** The name of the audio format that a file begins like; null where it is none that we know. */
export function formatName(head: Uint8Array): string | null {
  const text = String.fromCharCode(...head.subarray(0, 16));
  for (const [name, at, bytes] of FORMATS) if (text.startsWith(bytes, at)) return name;
  return head[0] === 0xff && (head[1]! & 0xe0) === 0xe0 ? "MP3 or AAC" : null;
}

/** The rate that a file's head states, in hertz; null where it is not read from there, or no browser takes it. */
export function ownRate(head: Uint8Array): number | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const text = String.fromCharCode(...head.subarray(0, 64));
  let rate_hz = 0;
  if (text.startsWith("RIFF") && text.startsWith("fmt ", 12)) rate_hz = view.getUint32(24, true);
  if (text.startsWith("fLaC")) rate_hz = view.getUint32(18) >>> 12;
  if (text.startsWith("\x01vorbis", 28)) rate_hz = view.getUint32(40, true);
  return rate_hz >= 8000 && rate_hz <= 96_000 ? rate_hz : null;
}

/** Say why the browser's decoder refused a file. */
export function refusal(head: Uint8Array): SongError {
  const format = formatName(head);
  if (format === null) {
    return new SongError("not_audio", `This file holds no sound we can read. ${CHOOSE}`);
  }
  return new SongError(
    "unsupported",
    `It looks like ${format}, but this browser cannot read it: the format is one that it lacks, or the file is ` +
      "damaged. Try another browser, save it as MP3 or WAV, or use the program: genrescope predict FILE.",
  );
}

/** Decode a file to mono, at its own rate where that is known. */
export async function decode(blob: Blob): Promise<Sound> {
  if (blob.size === 0) throw new SongError("empty", "This file is empty (0 bytes). Copy or download it again.");
  const data = await read(blob);
  const head = new Uint8Array(data.slice(0, HEAD_BYTES));
  const sampleRate_hz = ownRate(head) ?? USUAL_RATE_HZ;
  let buffer: AudioBuffer;
  try {
    buffer = await new OfflineAudioContext(1, 1, sampleRate_hz).decodeAudioData(data);
  } catch (cause) {
    if (cause instanceof DOMException) throw refusal(head);
    throw cause;
  }
  checkLength(buffer.duration);
  const samples = mix(channelsOf(buffer));
  check(samples, buffer.duration);
  return { samples, sampleRate_hz, duration_s: buffer.duration, outline: outline(samples, OUTLINE_POINTS) };
}

async function read(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    throw new SongError("not_found", "The file cannot be read any more: it was moved, changed or is too large.");
  }
}

function channelsOf(buffer: AudioBuffer): Float32Array[] {
  return Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel));
}

/** The mean of the channels. */
export function mix(channels: Float32Array[]): Float32Array {
  const mono = new Float32Array(channels[0]!.length);
  for (const channel of channels) for (let i = 0; i < mono.length; i++) mono[i]! += channel[i]! / channels.length;
  return mono;
}

/** Refuse what has no answer, as the program does. */
export function check(samples: Float32Array, duration_s: number): void {
  if (duration_s < MIN_SOUND_S) {
    const seconds = duration_s.toFixed(2);
    throw new SongError("too_short", `${seconds} s of sound; at least ${MIN_SOUND_S} s is needed.`);
  }
  if (highest(samples, 0, samples.length) < SILENT_PEAK) {
    throw new SongError("silent", "There is nothing to hear: all of it is below -80 dBFS. Check the recording.");
  }
}

export function checkLength(duration_s: number): void {
  if (duration_s <= MAX_MINUTES * 60) return;
  throw new SongError(
    "too_large",
    `It lasts ${Math.round(duration_s / 60)} minutes, and in the browser the limit is ${MAX_MINUTES}, because a ` +
      "browser decodes a whole file at once. Cut it, or use the program: genrescope predict FILE has no such limit.",
  );
}

/** How long a file says that it is, in seconds; null where the browser cannot tell, or not play it. */
export function claimedDuration(url: string): Promise<number | null> {
  return new Promise((resolve) => {
    const audio = new Audio();
    const finish = (value: number | null) => {
      clearTimeout(timer);
      audio.removeAttribute("src");
      resolve(value);
    };
    const timer = setTimeout(() => finish(null), METADATA_WAIT_MS);
    audio.preload = "metadata";
    audio.onloadedmetadata = () => finish(Number.isFinite(audio.duration) ? audio.duration : null);
    audio.onerror = () => finish(null);
    audio.src = url;
  });
}

/** The outline of a sound: the highest level (0 to 1) in each of `n` equal stretches. */
export function outline(samples: Float32Array, n: number): Float32Array {
  const step = samples.length / n;
  return Float32Array.from({ length: n }, (_, i) => highest(samples, Math.floor(i * step), Math.floor((i + 1) * step)));
}

function highest(samples: Float32Array, start: number, end: number): number {
  let peak = 0;
  for (let i = start; i < end; i++) peak = Math.max(peak, Math.abs(samples[i]!));
  return peak;
}

import { expect, test } from "vitest";

import { ticks, thin, windowAt } from "../src/draw";
import { parse, remember } from "../src/recent";
import { Resampler } from "../src/resample";
import { readLines } from "../src/server_engine";
import { check, checkLength, formatName, MAX_MINUTES, mix, outline, ownRate, refusal } from "../src/sound";
import * as golden from "./golden";

/** The tones of tests/web/_golden.py. */
function sweep(rate_hz: number): Float32Array {
  return Float32Array.from({ length: 2 * rate_hz }, (_, i) => {
    const angle = (hz: number) => 2 * Math.PI * hz * (i / rate_hz);
    const tones = [110, 1234.5, 3300].reduce((sum, hz) => sum + Math.sin(angle(hz) + hz), 0);
    return 0.2 * tones + (rate_hz > 20_000 ? 0.2 * Math.sin(angle(9500)) : 0);
  });
}

test.each(golden.resampled)("$rate_hz Hz becomes 16 kHz as the program's resampler has it", ({ rate_hz, n, middle }) => {
  const resampler = new Resampler(sweep(rate_hz), rate_hz, 16_000);
  expect(resampler.length).toBe(n);
  const found = resampler.range(16_000, 16_100);
  expect(Math.max(...middle.map((value, i) => Math.abs(value - found[i]!)))).toBeLessThan(1e-4);
});

test("pieces are the whole, at its ends too", () => {
  const resampler = new Resampler(sweep(22_050), 22_050, 16_000);
  const whole = resampler.range(0, resampler.length);
  expect([...resampler.range(0, 50)]).toEqual([...whole.slice(0, 50)]);
  expect([...resampler.range(31_900, 32_000)]).toEqual([...whole.slice(-100)]);
  expect(new Resampler(whole, 16_000, 16_000).range(5, 9)).toEqual(whole.slice(5, 9));
});

test("channels are mixed by their mean", () => {
  expect([...mix([Float32Array.of(1, 0.5), Float32Array.of(0, -0.5)])]).toEqual([0.5, 0]);
});

test("the outline is the highest level of each stretch", () => {
  expect([...outline(Float32Array.of(0.5, -1, 0.25, 0), 2)]).toEqual([1, 0.25]);
});

test.each([
  ["RIFF....WAVE", "WAV"],
  ["fLaC", "FLAC"],
  ["....ftypM4A ", "MP4 or M4A"],
  ["hello", null],
])("%s looks like %s", (text, expected) => {
  expect(formatName(new TextEncoder().encode(text))).toBe(expected);
});

test("an unknown file and a format that this browser lacks are refused in different words", () => {
  expect(refusal(new TextEncoder().encode("hello")).kind).toBe("not_audio");
  const lacking = refusal(new TextEncoder().encode("wvpk"));
  expect(lacking.kind).toBe("unsupported");
  expect(lacking.message).toContain("WavPack");
  expect(lacking.message).toContain("genrescope predict");
});

test("the rate is read from the head", () => {
  const wav = new Uint8Array(64);
  wav.set(new TextEncoder().encode("RIFF....WAVEfmt "));
  new DataView(wav.buffer).setUint32(24, 22_050, true);
  expect(ownRate(wav)).toBe(22_050);
  const flac = new Uint8Array(64);
  flac.set(new TextEncoder().encode("fLaC"));
  new DataView(flac.buffer).setUint32(18, 44_100 << 12);
  expect(ownRate(flac)).toBe(44_100);
  expect(ownRate(new Uint8Array(64))).toBeNull();
  expect(ownRate(new Uint8Array(3))).toBeNull();
});

test.each([
  [() => check(new Float32Array(10), 0.5), "too_short"],
  [() => check(new Float32Array(32_000), 2), "silent"],
  [() => checkLength(MAX_MINUTES * 60 + 1), "too_large"],
])("what has no answer is refused", (refused, kind) => {
  expect(refused).toThrow(expect.objectContaining({ kind }));
});

const timeline = { start_s: 0, window_s: 3, hop_s: 1, labels: ["a", "b"], probabilities: [[1, 0], [0, 1], [0, 1]] };

test("a time belongs to the window whose middle is nearest", () => {
  expect([0, 1.9, 2.1, 99].map((time_s) => windowAt(timeline, time_s))).toEqual([0, 0, 1, 2]);
});

test("a long course is thinned by means", () => {
  expect(thin(timeline, 2)).toEqual({ times_s: [2, 3.5], rows: [Float64Array.of(0.5, 0.5), Float64Array.of(0, 1)] });
});

test("an axis has round marks", () => {
  expect(ticks(30, 8)).toEqual([0, 5, 10, 15, 20, 25, 30]);
  expect(ticks(3600, 8)).toHaveLength(7);
});

test("recent songs are remembered once each, the latest first", () => {
  const entry = (name: string) => ({ name, genre: "Jazz", confidence: 0.5 });
  const some = ["a", "b", "a"].reduce((entries, name) => remember(entries, entry(name)), [] as ReturnType<typeof entry>[]);
  expect(some.map((item) => item.name)).toEqual(["a", "b"]);
  expect(parse(JSON.stringify([...some, { name: 3 }]))).toEqual(some);
  expect(parse("{broken")).toEqual([]);
});

test("lines are read from a stream that is cut anywhere", async () => {
  const bytes = new TextEncoder().encode('{"kind":"progress","heard_s":1}\n{"path":"é","error":{"kind":"x","message":"y"}}\n');
  const parts = Array.from(bytes, (byte) => Uint8Array.of(byte));
  const body = new ReadableStream({ start: (stream) => (parts.forEach((part) => stream.enqueue(part)), stream.close()) });
  const lines = [];
  for await (const line of readLines(new Response(body))) lines.push(line);
  expect(lines).toEqual([
    { kind: "progress", heard_s: 1 },
    { path: "é", error: { kind: "x", message: "y" } },
  ]);
});

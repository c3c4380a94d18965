import { expect, test } from "vitest";

import { applyMap, makeTimeline, vocabularies } from "../src/card";
import { correlate, pairs, pearson } from "../src/correlation";
import { toCsv, toJams, toObject, plain } from "../src/exports";
import { countWindows, cutBlocks, fill } from "../src/layout";
import { assignColours, COLOURS, OTHER_COLOUR, shownGenres } from "../src/palette";
import { describe as describeTrack } from "../src/track";
import * as golden from "./golden";

const answers = golden.songs.map((song) => ({
  song,
  prediction: describeTrack(golden.windowsOf(song), golden.card, "a, b.mp3", 17.25, song.vocabulary),
}));

test.each(Object.entries(golden.layout))("%s samples are cut where the program cuts them", (n, expected) => {
  const cuts = cutBlocks(Number(n), golden.card);
  const window = 48_128;
  expect(cuts.map(({ start, end }) => [start, Math.max(end - start, window)])).toEqual(expected);
  expect(cuts.every((cut, i) => i === 0 || countWindows(cut.end - cut.start, golden.card) >= 1)).toBe(true);
});

test("a short song is repeated until it fills a window", () => {
  expect([...fill(Float32Array.of(1, 2, 3), 7)]).toEqual([1, 2, 3, 1, 2, 3, 1]);
});

test.each(answers)("the answer is the program's ($song.vocabulary)", ({ song, prediction }) => {
  expect(toObject(prediction, 5)).toEqual(song.object);
});

test("mostly speech is unsure, and says so", () => {
  const speech = answers.find(({ song }) => song.object.warnings.length > 0)!;
  expect(speech.prediction.unsure).toBe(true);
  expect(speech.prediction.warnings[0]!.kind).toBe("speech");
});

test.each(answers)("JAMS is the program's ($song.vocabulary)", ({ song, prediction }) => {
  const expected = JSON.stringify(song.jams).replace(/genrescope \d+\.\d+[^"]*/g, "genrescope X");
  // The program leaves the share of voice unrounded here; the mean of the same numbers, added in another order.
  const close = (text: string) => JSON.parse(text, (key, value) => (key === "voice" ? Number(value.toFixed(6)) : value));
  expect(close(JSON.stringify(toJams(prediction, 5, "X")))).toEqual(close(expected));
});

test.each(answers)("CSV is the program's ($song.vocabulary)", ({ song, prediction }) => {
  expect(toCsv(prediction, 3)).toBe(song.csv);
});

test.each(golden.plain)("%j is written as one line", (text, expected) => {
  expect(plain(text!)).toBe(expected);
});

test.each(answers)("correlations are NumPy's ($song.vocabulary)", ({ song, prediction }) => {
  const columns = prediction.timeline!.labels.map((_, column) => column);
  const matrix = correlate(prediction.timeline!.probabilities, columns);
  matrix.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(song.correlation[i]![j]!, 5)));
});

test("a course that stands still correlates with nothing", () => {
  expect(pearson([0.5, 0.5, 0.5], [0.1, 0.2, 0.3])).toBeNull();
  expect(pairs([[1, null, 0.2], [null, 1, -0.9], [0.2, -0.9, 1]]).map((pair) => pair.value)).toEqual([0.2, -0.9]);
});

test.each(golden.colours)("colours are the program's", (shown, expected) => {
  const labels = [...golden.card.labels, ...golden.card.labels];
  expect(Object.fromEntries(assignColours(shown, labels))).toEqual(expected);
});

test("a genre keeps its colour in the course beside it", () => {
  const first = assignColours(["Rock", "Jazz"], golden.card.labels);
  const second = assignColours(["Blues", "Rock"], golden.card.labels, first);
  expect(second.get("Rock")).toBe(first.get("Rock"));
  expect(second.get("Blues")).not.toBe(second.get("Rock"));
});

test("more genres than colours: the rest is grey, and what cannot be seen is not shown", () => {
  const labels = Array.from({ length: 9 }, (_, i) => `genre ${i}`);
  const chosen = [...assignColours(labels, labels).values()];
  expect(new Set(chosen.slice(0, COLOURS.length)).size).toBe(COLOURS.length);
  expect(chosen.slice(COLOURS.length)).toEqual([OTHER_COLOUR, OTHER_COLOUR]);
  const genres = labels.map((label, i) => ({ label, confidence: i < 2 ? 0.49 : 0.001 }));
  expect(shownGenres(genres)).toEqual(labels.slice(0, 2));
});

test("a genre without a word in the other vocabulary is spread evenly", () => {
  expect([...applyMap(golden.card.vocabularies["two"]!, [0, 0, 0, 0, 1])]).toEqual([0.5, 0.5]);
  expect(vocabularies(golden.card)).toEqual(["native", "two"]);
  expect(() => makeTimeline(golden.card, [], "nobody's")).toThrow("no map");
});

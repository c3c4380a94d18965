import { expect, test } from "vitest";

import { inkOn, roomiest } from "../src/draw";
import { COLOURS } from "../src/palette";
import { songError } from "../src/server_engine";

const area = { label: "Jazz", colour: "#0072B2", floor: [0, 0, 0.5, 0.1, 0.1], top: [0.2, 0.2, 0.6, 0.9, 0.8] };

test("a name goes where its area is high for all of the name's width", () => {
  expect(roomiest([0, 10, 20, 30, 40], area, 10)).toEqual({ x: 35, low: 0.1, high: 0.8 });
  expect(roomiest([0, 10, 20, 30, 40], area, 41)).toBeNull();
});

test("a name stands out from every colour, by 4.5 to 1", () => {
  expect(inkOn("#0072B2")).toBe("#ffffff");
  for (const colour of COLOURS.filter((other) => other !== "#0072B2")) expect(inkOn(colour)).toBe("#000000");
});

test("errors of the service are said as a page says them", () => {
  const error = songError({ kind: "not_audio", message: "its content is text; name a sound file or a film." });
  expect(error.message).toMatch(/^This file holds no sound we can read: its content is text\. Choose a song/);
  expect(songError({ kind: "silent", message: "nothing; at all." }).message).toBe("nothing; at all.");
});

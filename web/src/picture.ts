/** An answer as a picture to share. */

import { clock, percent } from "./dom";
import { drawCourse, ticks } from "./draw";
import { OTHER_COLOUR } from "./palette";
import type { Prediction } from "./records";

const WIDTH = 1600;
const HEIGHT = 900;
const MARGIN = 60;
const BARS = 5;
const INK = "#1b2733";
const QUIET = "#5a6877";
const PAPER = "#ffffff";
const FONT = "system-ui, sans-serif";

/** Draw the track's genres and their course as a PNG. */
export function toPng(prediction: Prediction, colours: ReadonlyMap<string, string>): Promise<Blob> {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const pen = canvas.getContext("2d")!;
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  const unsure = prediction.unsure ? " · unsure" : "";
  const facts = `${clock(prediction.duration_s)} · ${prediction.model}, ${prediction.vocabulary}${unsure}`;
  write(pen, prediction.path, MARGIN, 90, `600 40px ${FONT}`, INK);
  write(pen, facts, MARGIN, 132, `24px ${FONT}`, QUIET);
  bars(pen, prediction, colours);
  if (prediction.timeline !== null) {
    const frame = { x: MARGIN, y: 470, width: WIDTH - 2 * MARGIN, height: 330 };
    const look = { colours, other: OTHER_COLOUR, edge: PAPER };
    drawCourse(pen, frame, prediction.timeline, prediction.duration_s, look);
    for (const time_s of ticks(prediction.duration_s, 12)) {
      const x = frame.x + (frame.width * time_s) / prediction.duration_s;
      write(pen, clock(time_s), x, 835, `20px ${FONT}`, QUIET);
    }
  }
  write(pen, "genrescope", WIDTH - MARGIN - 130, 875, `600 22px ${FONT}`, QUIET);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be made."))), "image/png"),
  );
}

function bars(pen: CanvasRenderingContext2D, prediction: Prediction, colours: ReadonlyMap<string, string>): void {
  prediction.genres.slice(0, BARS).forEach(({ label, confidence }, place) => {
    const y = 180 + place * 52;
    write(pen, label, MARGIN, y + 28, `26px ${FONT}`, INK);
    pen.fillStyle = colours.get(label) ?? OTHER_COLOUR;
    pen.fillRect(360, y, 900 * confidence, 36);
    write(pen, percent(confidence), 375 + 900 * confidence, y + 28, `26px ${FONT}`, INK);
  });
}

function write(pen: CanvasRenderingContext2D, text: string, x: number, y: number, font: string, colour: string): void {
  pen.font = font;
  pen.fillStyle = colour;
  pen.fillText(text, x, y, WIDTH - MARGIN - x);
}

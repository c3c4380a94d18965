/** Draws the course of the genres: stacked areas over time, on any canvas. */

import type { Timeline } from "./records";

export interface Frame {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Look {
  /** Genres from the bottom up, with their colours. */
  colours: ReadonlyMap<string, string>;
  other: string;
  /** The line between two areas, so that they part without colour too. */
  edge: string;
}

/** Column `x` of a picture that is `width` wide shows so many windows at least; more cannot be seen. */
const MIN_STEP_PX = 1.5;

/** The window whose middle is nearest to a time. */
export function windowAt(timeline: Timeline, time_s: number): number {
  const place = Math.round((time_s - timeline.start_s - timeline.window_s / 2) / timeline.hop_s);
  return Math.min(Math.max(place, 0), timeline.probabilities.length - 1);
}

/** Points of the picture: each a stretch of neighbouring windows, by their mean and the middle of their time. */
export function thin(timeline: Timeline, nPoints: number): { times_s: number[]; rows: Float64Array[] } {
  const n = timeline.probabilities.length;
  const size = Math.max(1, Math.ceil(n / Math.max(1, nPoints)));
  const times_s: number[] = [];
  const rows: Float64Array[] = [];
  for (let first = 0; first < n; first += size) {
    const last = Math.min(first + size, n);
    const row = new Float64Array(timeline.labels.length);
    for (let i = first; i < last; i++) {
      for (let column = 0; column < row.length; column++) {
        row[column]! += timeline.probabilities[i]![column]! / (last - first);
      }
    }
    times_s.push(timeline.start_s + ((first + last - 1) / 2) * timeline.hop_s + timeline.window_s / 2);
    rows.push(row);
  }
  return { times_s, rows };
}

/** Draw the course into a frame that stands for 0 to `duration_s`. `whole` is false while more is to come. */
export function drawCourse(
  pen: CanvasRenderingContext2D,
  frame: Frame,
  timeline: Timeline,
  duration_s: number,
  look: Look,
  whole = true,
): void {
  const { times_s, rows } = thin(timeline, frame.width / MIN_STEP_PX);
  const last_s = times_s.at(-1)! + timeline.hop_s / 2;
  const end_s = whole ? duration_s : Math.min(last_s, duration_s);
  // The first and the last point reach to the ends of the song.
  const xs = [0, ...times_s, end_s].map((time_s) => frame.x + (frame.width * Math.min(time_s, end_s)) / duration_s);
  const padded = [rows[0]!, ...rows, rows.at(-1)!];
  let floor = padded.map(() => 0);
  pen.fillStyle = look.other;
  pen.fillRect(frame.x, frame.y, xs.at(-1)! - frame.x, frame.height);
  for (const [label, colour] of look.colours) {
    const column = timeline.labels.indexOf(label);
    const top = floor.map((level, i) => level + padded[i]![column]!);
    const y = (level: number) => frame.y + frame.height * (1 - Math.min(level, 1));
    pen.beginPath();
    top.forEach((level, i) => pen.lineTo(xs[i]!, y(level)));
    for (let i = floor.length - 1; i >= 0; i--) pen.lineTo(xs[i]!, y(floor[i]!));
    pen.closePath();
    pen.fillStyle = colour;
    pen.fill();
    pen.beginPath();
    top.forEach((level, i) => pen.lineTo(xs[i]!, y(level)));
    pen.strokeStyle = look.edge;
    pen.lineWidth = 1;
    pen.stroke();
    floor = top;
  }
}

/** Times for the marks of an axis: round, and at most `most` of them. */
export function ticks(duration_s: number, most: number): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000];
  const step = steps.find((size) => duration_s / size <= most) ?? 86400;
  return Array.from({ length: Math.floor(duration_s / step) + 1 }, (_, i) => i * step);
}

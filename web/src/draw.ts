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
  const areas: Area[] = [];
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
    areas.push({ label, colour, floor, top });
    floor = top;
  }
  if (whole) for (const area of areas) writeName(pen, frame, xs, area);
}

/** What lies between two lines of the picture, in shares of its height. */
export interface Area {
  label: string;
  colour: string;
  floor: number[];
  top: number[];
}

/** Write a genre's name into its area, where there is room, so that colours are not all that tells areas apart. */
function writeName(pen: CanvasRenderingContext2D, frame: Frame, xs: number[], area: Area): void {
  const size_px = Math.max(13, frame.height / 16);
  pen.font = `600 ${size_px}px system-ui, sans-serif`;
  const place = roomiest(xs, area, pen.measureText(area.label).width + size_px);
  if (place === null || (place.high - place.low) * frame.height < 1.3 * size_px) return;
  pen.fillStyle = inkOn(area.colour);
  [pen.textAlign, pen.textBaseline] = ["center", "middle"];
  pen.fillText(area.label, place.x, frame.y + frame.height * (1 - (place.low + place.high) / 2));
  [pen.textAlign, pen.textBaseline] = ["start", "alphabetic"];
}

/** The middle of the highest box of a width that lies wholly inside an area; null where the picture is narrower. */
export function roomiest(xs: number[], { floor, top }: Area, width: number): { x: number; low: number; high: number } | null {
  let best: { x: number; low: number; high: number } | null = null;
  for (let first = 0, last = 0; first < xs.length; first++) {
    while (last < xs.length && xs[last]! - xs[first]! < width) last++;
    if (last === xs.length) break;
    const low = Math.max(...floor.slice(first, last + 1));
    const high = Math.min(...top.slice(first, last + 1));
    if (best === null || high - low > best.high - best.low) best = { x: (xs[first]! + xs[last]!) / 2, low, high };
  }
  return best;
}

/** Black or white, whichever stands out more from a colour such as "#0072B2" (WCAG's relative luminance). */
export function inkOn(colour: string): string {
  const [red, green, blue] = [1, 3, 5].map((place) => {
    const value = parseInt(colour.slice(place, place + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue! > 0.179 ? "#000000" : "#ffffff";
}

/** Times for the marks of an axis: round, and at most `most` of them. */
export function ticks(duration_s: number, most: number): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000];
  const step = steps.find((size) => duration_s / size <= most) ?? 86400;
  return Array.from({ length: Math.floor(duration_s / step) + 1 }, (_, i) => i * step);
}

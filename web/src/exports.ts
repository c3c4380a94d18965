/** Answers as files, in the command line's own shapes: JSON, CSV and JAMS. */

import type { Prediction, Timeline } from "./records";

const JAMS_VERSION = "0.3.4";

export function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

/** Write what cannot stand in a line of text as escapes, as the command line does. */
export function plain(text: string): string {
  return text.replace(/(?! )[\p{C}\p{Z}]/gu, (character) => {
    const known: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
    const code = character.codePointAt(0)!;
    const hex = code.toString(16);
    if (code < 0x100) return known[character] ?? `\\x${hex.padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
  });
}

/** The object of the command line's JSON output, with the first `top` genres. */
export function toObject(prediction: Prediction, top: number): object {
  return {
    path: prediction.path,
    duration_s: round(prediction.duration_s, 3),
    model: prediction.model,
    vocabulary: prediction.vocabulary,
    genres: prediction.genres
      .slice(0, top)
      .map(({ label, confidence }) => ({ label, confidence: round(confidence, 4) })),
    unsure: prediction.unsure,
    voice: prediction.voice === null ? null : round(prediction.voice, 4),
    timeline: prediction.timeline === null ? null : timelineObject(prediction.timeline),
    warnings: prediction.warnings,
  };
}

function timelineObject(timeline: Timeline): object {
  return {
    start_s: round(timeline.start_s, 3),
    window_s: round(timeline.window_s, 3),
    hop_s: round(timeline.hop_s, 3),
    labels: timeline.labels,
    probabilities: timeline.probabilities.map((row) => Array.from(row, (value) => round(value, 4))),
  };
}

/** One row of a table, below the names of its columns. */
export function toCsv(prediction: Prediction, top: number): string {
  const places = Array.from({ length: top }, (_, place) => place + 1);
  const best = places.flatMap((place) => [`genre_${place}`, `confidence_${place}`]);
  const end = ["unsure", "voice", "warnings", "error_kind", "error_message"];
  const cells = places.flatMap((place) => {
    const score = prediction.genres[place - 1];
    return score ? [score.label, float(round(score.confidence, 4))] : ["", ""];
  });
  const row = [
    prediction.path,
    float(round(prediction.duration_s, 3)),
    prediction.model,
    prediction.vocabulary,
    ...cells,
    String(prediction.unsure),
    prediction.voice === null ? "" : float(round(prediction.voice, 4)),
    prediction.warnings.map((notice) => `${notice.kind}: ${notice.message}`).join("; "),
    "",
    "",
  ];
  return csvLine(["path", "duration_s", "model", "vocabulary", ...best, ...end]) + csvLine(row.map(plain));
}

/** A number as the command line writes it: with a decimal point, always. */
function float(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function csvLine(cells: string[]): string {
  const quoted = cells.map((cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  return `${quoted.join(",")}\n`;
}

export interface Segment {
  start_s: number;
  length_s: number;
  label: string;
  confidence: number;
}

/** Cut a track where its strongest genre changes; a window stands for the time until the next one begins. */
export function segments(timeline: Timeline, duration_s: number): Segment[] {
  const rows = timeline.probabilities;
  const best = rows.map(strongest);
  const firsts = best.flatMap((column, i) => (i === 0 || column !== best[i - 1] ? [i] : []));
  return firsts.map((first, place) => {
    const last = firsts[place + 1] ?? rows.length;
    const column = best[first]!;
    const start_s = first === 0 ? 0 : timeline.start_s + first * timeline.hop_s;
    const end_s = last === rows.length ? duration_s : timeline.start_s + last * timeline.hop_s;
    let sum = 0;
    for (let i = first; i < last; i++) sum += rows[i]![column]!;
    return {
      start_s,
      length_s: Math.max(0, end_s - start_s),
      label: timeline.labels[column]!,
      confidence: sum / (last - first),
    };
  });
}

/** The column of a row's highest value. */
export function strongest(row: ArrayLike<number>): number {
  let best = 0;
  for (let column = 1; column < row.length; column++) if (row[column]! > row[best]!) best = column;
  return best;
}

/** A JAMS object, namespace `tag_open`: the genres of the whole track, then their course. */
export function toJams(prediction: Prediction, top: number, version: string): object {
  const length_s = round(prediction.duration_s, 3);
  const whole = prediction.genres.slice(0, top);
  const track = whole.map(({ label, confidence }) => ({ start_s: 0, length_s, label, confidence }));
  const annotations = [annotation(prediction, "the whole track", track, version)];
  if (prediction.timeline !== null) {
    const course = segments(prediction.timeline, length_s);
    annotations.push(annotation(prediction, "the course over time", course, version));
  }
  const { unsure, voice, warnings } = prediction;
  return {
    file_metadata: {
      title: "",
      artist: "",
      release: "",
      duration: length_s,
      identifiers: {},
      jams_version: JAMS_VERSION,
    },
    annotations,
    sandbox: { genrescope: { path: plain(prediction.path), unsure, voice, warnings } },
  };
}

function annotation(prediction: Prediction, rules: string, data: Segment[], version: string): object {
  return {
    namespace: "tag_open",
    time: 0,
    duration: round(prediction.duration_s, 3),
    annotation_metadata: {
      curator: { name: "", email: "" },
      annotator: { model: prediction.model, vocabulary: prediction.vocabulary },
      version: "",
      corpus: "",
      annotation_tools: `genrescope ${version}`,
      annotation_rules: rules,
      validation: "",
      data_source: "program",
    },
    data: data.map((segment) => ({
      time: round(segment.start_s, 3),
      duration: round(segment.length_s, 3),
      value: segment.label,
      confidence: round(segment.confidence, 4),
    })),
    sandbox: {},
  };
}

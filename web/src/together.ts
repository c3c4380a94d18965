/** Shows which genres rise and fall together over a song. */

import { correlate, type Pair, pairs } from "./correlation";
import { el } from "./dom";
import type { Timeline } from "./records";

const MIN_WINDOWS = 8;
/** Below this a correlation over one song says nothing. */
const NOTABLE = 0.3;

/** A table of correlations with a sentence above; empty where there is too little to compare. */
export function together(timeline: Timeline, shown: string[]): HTMLElement {
  const box = el("div", { class: "together" });
  if (shown.length < 2 || timeline.probabilities.length < MIN_WINDOWS) {
    box.append(el("p", { class: "quiet" }, "The song is too short, or too much of one genre, to say."));
    return box;
  }
  const columns = shown.map((label) => timeline.labels.indexOf(label));
  const matrix = correlate(timeline.probabilities, columns);
  for (const sentence of sentences(pairs(matrix), shown)) box.append(el("p", {}, sentence));
  box.append(el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Table of correlations" }, table(matrix, shown)));
  return box;
}

function sentences(found: Pair[], shown: string[]): string[] {
  const [best, worst] = [found[0], found.at(-1)];
  const name = (pair: Pair) => `${shown[pair.first]} and ${shown[pair.second]} (${signed(pair.value)})`;
  const said: string[] = [];
  if (best && best.value >= NOTABLE) said.push(`Rise and fall together: ${name(best)}.`);
  if (worst && worst.value <= -NOTABLE) said.push(`Take each other's place: ${name(worst)}.`);
  return said.length > 0 ? said : ["No two of these genres move together, or against each other."];
}

function table(matrix: (number | null)[][], shown: string[]): HTMLTableElement {
  const head = el("tr", {}, el("td"), ...shown.map((label) => el("th", { scope: "col" }, label)));
  const body = matrix.map((row, first) =>
    el("tr", {}, el("th", { scope: "row" }, shown[first]!), ...row.map((value, second) => cell(value, first === second))),
  );
  const caption = el("caption", {}, "Correlation over time: +1 together, −1 against each other");
  return el("table", {}, caption, el("thead", {}, head), el("tbody", {}, ...body));
}

function cell(value: number | null, same: boolean): HTMLTableCellElement {
  if (same || value === null) return el("td", {}, same ? "" : "–");
  const item = el("td", {}, signed(value));
  item.style.setProperty("--strength", `${Math.round(70 * Math.abs(value))}%`);
  item.className = value > 0 ? "with" : "against";
  return item;
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

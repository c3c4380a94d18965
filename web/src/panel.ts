/** What one model says of a song: the answer, its course, and files to take away. */

import { Course } from "./course";
import { clock, download, el, percent } from "./dom";
import { windowAt } from "./draw";
import { segments, toCsv, toJams, toObject } from "./exports";
import { assignColours, OTHER_COLOUR, shownGenres } from "./palette";
import { toPng } from "./picture";
import type { GenreScore, Prediction, Timeline } from "./records";
import { together } from "./together";
import { trackGenres } from "./track";

const CSV_TOP = 3;
const MIN_BARS = 3;

export class Panel {
  readonly element: HTMLElement;
  prediction: Prediction | null = null;
  colours: Map<string, string> = new Map();
  private timeline: Timeline | null = null;
  private readonly course: Course;
  private readonly answer = el("p", { class: "answer" });
  private readonly bars = el("ul", { class: "bars" });
  private readonly key = el("p", { class: "quiet", hidden: "" }, "Bars: the whole song. Marks: at the playhead.");
  private readonly facts = el("div", { class: "facts" });
  private readonly more = el("div", { class: "more" });
  private readonly ticks = new Map<string, HTMLElement>();

  constructor(
    readonly model: string,
    onJump: (time_s: number) => void,
  ) {
    this.course = new Course(model, onJump);
    this.course.element.hidden = true;
    const title = el("h3", {}, model);
    this.element = el("article", { class: "card panel", "aria-label": `Answer of the model ${model}` });
    this.element.append(title, this.answer, this.course.element, this.bars, this.key, this.facts, this.more);
  }

  /** Show what is known so far. */
  progress(timeline: Timeline, duration_s: number, kept: ReadonlyMap<string, string>): void {
    if (timeline.probabilities.length === 0) return;
    this.showGenres(trackGenres(timeline), timeline, kept);
    this.answer.replaceChildren(el("span", { class: "quiet" }, "So far: "), this.best(trackGenres(timeline)[0]!));
    const known_s = timeline.start_s + timeline.probabilities.length * timeline.hop_s + timeline.window_s;
    this.draw(timeline, Math.max(duration_s, known_s), false);
  }

  /** Show the whole answer. */
  show(prediction: Prediction, kept: ReadonlyMap<string, string>): void {
    this.prediction = prediction;
    this.showGenres(prediction.genres, prediction.timeline, kept);
    this.answer.replaceChildren(this.best(prediction.genres[0]!));
    if (prediction.unsure) this.answer.append(" ", el("span", { class: "badge" }, "unsure"));
    if (prediction.timeline) this.draw(prediction.timeline, prediction.duration_s, true);
    this.facts.replaceChildren(...this.voice(), ...prediction.warnings.map((notice) => el("p", {}, `Mind: ${notice.message}`)));
    this.more.replaceChildren(this.downloads(), ...this.details());
  }

  /** Say in one sentence what the model answers. */
  sentence(): string {
    if (this.prediction === null) return "";
    const best = this.prediction.genres.slice(0, 3).map(({ label, confidence }) => `${label} ${percent(confidence)}`);
    return `${this.model} says ${best.join(", ")}${this.prediction.unsure ? ", but is unsure" : ""}.`;
  }

  setTime(time_s: number): void {
    this.course.setTime(time_s);
    if (this.timeline === null || this.timeline.probabilities.length === 0) return;
    const row = this.timeline.probabilities[windowAt(this.timeline, time_s)]!;
    for (const [label, tick] of this.ticks) {
      tick.style.left = `${100 * row[this.timeline.labels.indexOf(label)]!}%`;
    }
  }

  redraw(): void {
    this.course.draw();
  }

  private best({ label, confidence }: GenreScore): HTMLElement {
    return el("span", {}, el("strong", {}, label), ` ${percent(confidence)}`);
  }

  private draw(timeline: Timeline, duration_s: number, whole: boolean): void {
    this.timeline = timeline;
    this.course.element.hidden = false;
    this.course.show({ timeline, duration_s, colours: this.colours, whole });
  }

  private showGenres(genres: GenreScore[], timeline: Timeline | null, kept: ReadonlyMap<string, string>): void {
    const shown = shownGenres(genres);
    this.colours = assignColours(shown, timeline?.labels ?? genres.map((score) => score.label), kept);
    this.ticks.clear();
    const n = Math.max(shown.length, MIN_BARS);
    this.bars.setAttribute("aria-label", "The whole song");
    this.bars.replaceChildren(...genres.slice(0, n).map((score) => this.bar(score)), ...this.rest(genres.slice(n)));
    this.key.hidden = timeline === null;
  }

  private bar({ label, confidence }: GenreScore): HTMLElement {
    const colour = this.colours.get(label) ?? OTHER_COLOUR;
    const tick = el("span", { class: "tick" });
    this.ticks.set(label, tick);
    return bar(label, confidence, colour, tick);
  }

  private rest(genres: GenreScore[]): HTMLElement[] {
    const share = genres.reduce((sum, score) => sum + score.confidence, 0);
    return genres.length === 0 ? [] : [bar(`${genres.length} others`, share, OTHER_COLOUR)];
  }

  private voice(): HTMLElement[] {
    const voice = this.prediction?.voice ?? null;
    if (voice === null) return [];
    return [el("ul", { class: "bars voice", "aria-label": "Voice" }, bar("Voice", voice, "var(--ink)"))];
  }

  private downloads(): HTMLElement {
    const prediction = this.prediction!;
    const all = prediction.genres.length;
    const stem = prediction.path.replace(/\.[^.]+$/, "");
    const json = (value: object) => new Blob([`${JSON.stringify(value, null, 1)}\n`], { type: "application/json" });
    const files: Record<string, () => Blob | Promise<Blob>> = {
      PNG: () => toPng(prediction, this.colours),
      JSON: () => json(toObject(prediction, all)),
      JAMS: () => json(toJams(prediction, all, __VERSION__)),
      CSV: () => new Blob([toCsv(prediction, CSV_TOP)], { type: "text/csv" }),
    };
    const buttons = Object.entries(files).map(([form, make]) => {
      const button = el("button", { type: "button", "aria-label": `Download the answer of ${this.model} as ${form}` }, form);
      button.addEventListener("click", async () => download(`${stem}.${form.toLowerCase()}`, await make()));
      return button;
    });
    return el("div", { class: "row" }, el("span", {}, "Download"), ...buttons);
  }

  private details(): HTMLElement[] {
    const { timeline, duration_s } = this.prediction!;
    if (timeline === null) return [];
    return [
      fold("Genres that rise and fall together", () => together(timeline, [...this.colours.keys()])),
      fold("The course as a table", () => courseTable(timeline, duration_s)),
    ];
  }
}

function bar(label: string, share: number, colour: string, tick?: HTMLElement): HTMLElement {
  const fill = el("span", { class: "fill" });
  fill.style.width = `${100 * share}%`;
  fill.style.background = colour;
  const track = el("span", { class: "track", "aria-hidden": "true" }, fill, ...(tick ? [tick] : []));
  return el("li", {}, el("span", { class: "name" }, label), track, el("span", { class: "value" }, percent(share)));
}

/** A heading that opens; what is under it is made when it is first opened. */
function fold(title: string, make: () => HTMLElement): HTMLElement {
  const box = el("details", {}, el("summary", {}, title));
  box.addEventListener("toggle", () => box.append(make()), { once: true });
  return box;
}

function courseTable(timeline: Timeline, duration_s: number): HTMLElement {
  const rows = segments(timeline, duration_s).map(({ start_s, length_s, label, confidence }) =>
    el("tr", {}, ...[clock(start_s), clock(start_s + length_s), label, percent(confidence)].map((text) => el("td", {}, text))),
  );
  const head = ["From", "To", "Strongest genre", "Mean confidence"].map((text) => el("th", { scope: "col" }, text));
  const table = el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows));
  return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "The course as a table" }, table);
}

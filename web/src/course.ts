/** The course of the genres under the waveform: moves with playback, says exact values, and jumps where it is clicked. */

import { clock, el } from "./dom";
import { drawCourse, ticks, windowAt } from "./draw";
import { OTHER_COLOUR } from "./palette";
import type { Timeline } from "./records";

const HEIGHT_PX = 180;
const TOLD_GENRES = 4;
const PAGE_SHARE = 0.1;
const PX_PER_TICK = 70;

export interface View {
  timeline: Timeline;
  duration_s: number;
  colours: ReadonlyMap<string, string>;
  whole: boolean;
}

export class Course {
  readonly element: HTMLElement;
  private readonly plot: HTMLElement;
  private readonly canvas = el("canvas", { "aria-hidden": "true" });
  private readonly playhead = el("div", { class: "playhead" });
  private readonly tip = el("div", { class: "tip", "aria-hidden": "true", hidden: "" });
  private readonly axis = el("div", { class: "axis", "aria-hidden": "true" });
  private view: View | null = null;
  private time_s = 0;

  constructor(
    name: string,
    private readonly onJump: (time_s: number) => void,
  ) {
    const about = { role: "slider", tabindex: "0", "aria-label": `Genres over time, ${name}`, "aria-valuemin": "0" };
    this.plot = el("div", { class: "plot", ...about }, this.canvas, this.playhead, this.tip);
    this.element = el("div", { class: "course" }, this.plot, this.axis);
    this.plot.addEventListener("click", (event) => this.jump(this.timeAt(event.clientX)));
    this.plot.addEventListener("pointermove", (event) => this.showTip(event.clientX));
    this.plot.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.plot.addEventListener("keydown", (event) => this.onKey(event));
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  show(view: View): void {
    this.view = view;
    this.plot.setAttribute("aria-valuemax", view.duration_s.toFixed(1));
    this.draw();
    this.setTime(this.time_s);
  }

  /** Move the playhead. */
  setTime(time_s: number): void {
    this.time_s = time_s;
    if (this.view === null) return;
    this.playhead.style.left = `${(100 * Math.min(time_s, this.view.duration_s)) / this.view.duration_s}%`;
    this.plot.setAttribute("aria-valuenow", time_s.toFixed(1));
    this.plot.setAttribute("aria-valuetext", `${clock(time_s)}: ${this.words(time_s).join(", ")}`);
  }

  /** Draw again, after the size or the colours of the page changed. */
  draw(): void {
    const width = this.plot.clientWidth;
    if (this.view === null || width === 0) return;
    const scale = devicePixelRatio;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(HEIGHT_PX * scale);
    const pen = this.canvas.getContext("2d")!;
    pen.scale(scale, scale);
    const { timeline, duration_s, colours, whole } = this.view;
    const edge = getComputedStyle(this.plot).getPropertyValue("--edge").trim();
    const frame = { x: 0, y: 0, width, height: HEIGHT_PX };
    drawCourse(pen, frame, timeline, duration_s, { colours, other: OTHER_COLOUR, edge }, whole);
    this.drawAxis(width);
  }

  private drawAxis(width: number): void {
    const { duration_s } = this.view!;
    const marks = ticks(duration_s, width / PX_PER_TICK).map((time_s) => {
      const mark = el("span", {}, clock(time_s));
      mark.style.left = `${(100 * time_s) / duration_s}%`;
      return mark;
    });
    this.axis.replaceChildren(...marks);
  }

  private timeAt(clientX: number): number {
    const box = this.plot.getBoundingClientRect();
    const share = Math.min(Math.max((clientX - box.left) / box.width, 0), 1);
    return share * (this.view?.duration_s ?? 0);
  }

  private jump(time_s: number): void {
    if (this.view === null) return;
    const bounded = Math.min(Math.max(time_s, 0), this.view.duration_s);
    this.setTime(bounded);
    this.onJump(bounded);
  }

  private onKey(event: KeyboardEvent): void {
    if (this.view === null || event.altKey || event.ctrlKey || event.metaKey) return;
    const { duration_s, timeline } = this.view;
    const goals: Record<string, number> = {
      ArrowRight: this.time_s + timeline.hop_s,
      ArrowUp: this.time_s + timeline.hop_s,
      ArrowLeft: this.time_s - timeline.hop_s,
      ArrowDown: this.time_s - timeline.hop_s,
      PageUp: this.time_s + PAGE_SHARE * duration_s,
      PageDown: this.time_s - PAGE_SHARE * duration_s,
      Home: 0,
      End: duration_s,
    };
    const goal = goals[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    this.jump(goal);
  }

  private showTip(clientX: number): void {
    if (this.view === null) return;
    const time_s = this.timeAt(clientX);
    const lines = this.words(time_s).map((words) => el("div", {}, words));
    this.tip.replaceChildren(el("strong", {}, clock(time_s)), ...lines);
    this.tip.hidden = false;
    const box = this.plot.getBoundingClientRect();
    const half = this.tip.offsetWidth / 2;
    const left = Math.min(Math.max(clientX - box.left, half), Math.max(half, box.width - half));
    this.tip.style.left = `${left}px`;
  }

  /** The strongest genres of the window at a time, with their exact values. */
  private words(time_s: number): string[] {
    const { timeline } = this.view!;
    if (timeline.probabilities.length === 0) return [];
    const row = timeline.probabilities[windowAt(timeline, time_s)]!;
    const best = timeline.labels.map((label, column) => ({ label, value: row[column]! }));
    best.sort((a, b) => b.value - a.value);
    return best.slice(0, TOLD_GENRES).map(({ label, value }) => `${label} ${(100 * value).toFixed(1)} %`);
  }
}


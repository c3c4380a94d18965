/** The page: a song comes in, one or two models hear it, and their answers move with the playback. */

import "./style.css";

import { BrowserEngine } from "./browser_engine";
import { vocabularies } from "./card";
import { listenForFiles, offerExamples } from "./choose";
import { byId, el } from "./dom";
import type { Engine, Progress } from "./engine";
import { Panel } from "./panel";
import { Player } from "./player";
import { Recent } from "./recent";
import { type Card, SongError } from "./records";
import { ServerEngine } from "./server_engine";
import type { Song } from "./song";

const NOBODY = "";

class Page {
  private cards: Card[] = [];
  private song: Song | null = null;
  private panels: Panel[] = [];
  private running = new AbortController();
  private readonly model = byId<HTMLSelectElement>("model");
  private readonly vocabulary = byId<HTMLSelectElement>("vocabulary");
  private readonly compare = byId<HTMLSelectElement>("compare");
  private readonly player = new Player((time_s) => this.panels.forEach((panel) => panel.setTime(time_s)));
  private readonly started: Promise<void>;
  private readonly recent = new Recent((song) => void this.open(song));

  constructor(private readonly engine: Engine) {
    byId("place").textContent = engine.place;
    for (const select of [this.model, this.compare]) select.addEventListener("change", () => this.onModel());
    this.vocabulary.addEventListener("change", () => void this.hear());
    const onSong = (song: Song) => void this.open(song);
    const onProblem = (words: string) => this.complain(words);
    listenForFiles(onSong, onProblem);
    void offerExamples(onSong, onProblem).catch(() => undefined); // a page without examples is whole
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.panels.forEach((panel) => panel.redraw()));
    this.started = this.start();
  }

  private async start(): Promise<void> {
    try {
      this.cards = await this.engine.models();
    } catch (cause) {
      this.complain(`The models could not be listed. ${words(cause)}`);
      return;
    }
    this.model.replaceChildren(...this.cards.map((card) => el("option", { value: card.name }, card.name)));
    this.offerWords();
    document.documentElement.dataset["ready"] = "true";
  }

  private async open(song: Song): Promise<void> {
    if (this.cards.length === 0) await this.started; // a song may come before the list of models
    if (this.cards.length === 0) return;
    this.running.abort();
    this.song?.forgetSound();
    this.song = song;
    this.complain("");
    byId("said").textContent = "";
    byId("song").hidden = false;
    byId("song-name").textContent = song.name;
    this.player.clear();
    byId("panels").replaceChildren();
    this.panels = [];
    const show = this.player.show(song).catch((cause: unknown) => {
      if (this.song === song) this.fail(cause);
    });
    await Promise.all([show, this.hear()]);
  }

  private onModel(): void {
    this.offerWords();
    void this.hear();
  }

  /** Offer the vocabularies that every chosen model knows, and the other models to compare with. */
  private offerWords(): void {
    const first = this.card(this.model.value);
    const others = this.cards.filter((card) => card !== first);
    refill(this.compare, [[NOBODY, "nobody"], ...others.map((card): [string, string] => [card.name, card.name])]);
    byId("compare-label").hidden = others.length === 0;
    const second = this.compare.value === NOBODY ? null : this.card(this.compare.value);
    const common = vocabularies(first).filter((name) => second === null || vocabularies(second).includes(name));
    refill(this.vocabulary, common.map((name) => [name, name === "native" ? "the model's own" : name]));
  }

  private card(name: string): Card {
    return this.cards.find((card) => card.name === name) ?? this.cards[0]!;
  }

  /** Have the song heard by the chosen models, one after the other. */
  private async hear(): Promise<void> {
    if (this.song === null) return;
    this.running.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    const names = [this.model.value, this.compare.value].filter((name) => name !== NOBODY);
    this.panels = names.map((name) => new Panel(name, (time_s) => this.jump(time_s)));
    byId("panels").replaceChildren(...this.panels.map((panel) => panel.element));
    byId("song").setAttribute("aria-busy", "true");
    try {
      for (const panel of this.panels) await this.hearOne(this.song, panel, signal);
      this.recent.add(this.song, this.panels[0]!.prediction!);
      byId("said").textContent = this.panels.map((panel) => panel.sentence()).join(" ");
    } catch (cause) {
      if (!signal.aborted) this.fail(cause);
    } finally {
      if (!signal.aborted) this.settle();
    }
  }

  private async hearOne(song: Song, panel: Panel, signal: AbortSignal): Promise<void> {
    const ask = { model: this.card(panel.model), vocabulary: this.vocabulary.value };
    const kept = panel === this.panels[0] ? new Map<string, string>() : this.panels[0]!.colours;
    const onProgress = (progress: Progress) => {
      if (signal.aborted) return;
      this.report(progress);
      if (progress.timeline) panel.progress(progress.timeline, this.player.duration_s, kept);
    };
    const prediction = await this.engine.predict(song, ask, onProgress, signal);
    if (signal.aborted) throw signal.reason;
    panel.show(prediction, kept);
    panel.setTime(this.player.time_s);
  }

  private report({ words, share }: Progress): void {
    const bar = byId<HTMLProgressElement>("progress");
    byId("state").hidden = false;
    byId("state-words").textContent = `${words} …`;
    if (share === null) bar.removeAttribute("value");
    else bar.value = share;
  }

  private settle(): void {
    byId("state").hidden = true;
    byId("song").removeAttribute("aria-busy");
  }

  private jump(time_s: number): void {
    this.player.jump(time_s);
    this.panels.forEach((panel) => panel.setTime(time_s));
  }

  private fail(cause: unknown): void {
    if (!(cause instanceof SongError)) console.error(cause);
    this.running.abort();
    this.settle();
    byId("song").hidden = true;
    this.player.clear();
    this.complain(`${this.song?.name ?? "The song"}: ${words(cause)}`);
    this.song = null;
  }

  private complain(text: string): void {
    const problem = byId("problem");
    problem.textContent = text;
    problem.hidden = text === "";
  }
}

function words(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Offer other choices, and keep what was chosen where it is still among them. */
function refill(select: HTMLSelectElement, options: [value: string, text: string][]): void {
  const before = select.value;
  select.replaceChildren(...options.map(([value, text]) => el("option", { value }, text)));
  if (options.some(([value]) => value === before)) select.value = before;
}

const kind = document.querySelector<HTMLMetaElement>("meta[name=genrescope-engine]")?.content;
new Page(kind === "browser" ? new BrowserEngine() : new ServerEngine());

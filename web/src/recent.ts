/** The songs heard lately: names and answers only, kept in this browser. */

import { byId, el, percent } from "./dom";
import type { Prediction } from "./records";
import type { Song } from "./song";

const KEY = "genrescope.recent";
const MOST = 8;

export interface Entry {
  name: string;
  genre: string;
  confidence: number;
}

/** Put an entry first, once, and drop the oldest beyond what is kept. */
export function remember(entries: Entry[], entry: Entry): Entry[] {
  return [entry, ...entries.filter((other) => other.name !== entry.name)].slice(0, MOST);
}

/** Read stored entries; what cannot be read is none. */
export function parse(text: string | null): Entry[] {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? found.filter(isEntry).slice(0, MOST) : [];
  } catch (cause) {
    if (cause instanceof SyntaxError) return [];
    throw cause;
  }
}

function isEntry(value: unknown): value is Entry {
  const entry = value as Partial<Entry> | null;
  return typeof entry?.name === "string" && typeof entry.genre === "string" && typeof entry.confidence === "number";
}

export class Recent {
  private readonly songs = new Map<string, Song>();
  private entries: Entry[] = parse(read());

  constructor(private readonly onChoose: (song: Song) => void) {
    byId("forget").addEventListener("click", () => {
      this.entries = [];
      this.songs.clear();
      this.keep();
    });
    this.show();
  }

  add(song: Song, prediction: Prediction): void {
    const [best] = prediction.genres;
    this.entries = remember(this.entries, { name: song.name, genre: best!.label, confidence: best!.confidence });
    this.songs.set(song.name, song);
    for (const name of this.songs.keys()) {
      if (!this.entries.some((entry) => entry.name === name)) this.songs.delete(name);
    }
    this.keep();
  }

  private keep(): void {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.entries));
    } catch (cause) {
      if (!(cause instanceof DOMException)) throw cause; // a browser that stores nothing: the list lives as long as the page
    }
    this.show();
  }

  private show(): void {
    const section = byId("recent");
    section.hidden = this.entries.length === 0;
    section.querySelector("ul")!.replaceChildren(...this.entries.map((entry) => this.item(entry)));
  }

  private item({ name, genre, confidence }: Entry): HTMLElement {
    const song = this.songs.get(name);
    const answer = el("span", { class: "quiet" }, `${genre} ${percent(confidence)}`);
    if (song === undefined) return el("li", {}, el("span", {}, name), answer);
    const button = el("button", { type: "button" }, name);
    button.addEventListener("click", () => this.onChoose(song));
    return el("li", {}, button, answer);
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch (cause) {
    if (cause instanceof DOMException) return null;
    throw cause;
  }
}

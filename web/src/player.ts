/** Plays a song under its waveform. */

import WaveSurfer from "wavesurfer.js";

import { byId, clock } from "./dom";
import { SongError } from "./records";
import type { Song } from "./song";
import { MAX_MINUTES } from "./sound";

const PLAY = "M8 5v14l11-7z";
const PAUSE = "M7 5h4v14H7zm6 0h4v14h-4z";

export class Player {
  duration_s = 0;
  private wave: WaveSurfer | null = null;
  private song: Song | null = null;
  private readonly button = byId<HTMLButtonElement>("play");
  private readonly note = byId("no-sound");

  constructor(private readonly onTime: (time_s: number) => void) {
    this.button.addEventListener("click", () => void this.toggle());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.wave?.setOptions(this.colours()));
  }

  get time_s(): number {
    return this.wave?.getCurrentTime() ?? 0;
  }

  /** Show a song; where it cannot be drawn or played, say so: its genres may be known all the same. */
  async show(song: Song): Promise<void> {
    this.clear();
    this.song = song;
    const claimed_s = (await song.claimed_s()) ?? 0;
    const sound = await song.sound().catch((cause: unknown) => {
      if (cause instanceof SongError) return cause;
      throw cause;
    });
    if (this.song !== song) return; // another was chosen meanwhile
    const isKnown = !(sound instanceof SongError);
    const peaks = isKnown ? sound.outline : new Float32Array(2);
    this.duration_s = claimed_s || (isKnown ? sound.duration_s : 0);
    if (!isKnown && sound.kind === "too_large") this.say(`No waveform is drawn above ${MAX_MINUTES} minutes.`);
    if (this.duration_s > 0) this.open(song, peaks);
    else this.say("This browser cannot play this file.");
  }

  clear(): void {
    this.wave?.destroy();
    this.wave = null;
    this.song = null;
    this.duration_s = 0;
    this.say("");
    this.button.disabled = true;
    this.paint(false);
  }

  jump(time_s: number): void {
    const media = this.wave?.getMediaElement();
    // wavesurfer forgets a jump that follows another at once; the media element itself does not.
    if (media && media.readyState >= HTMLMediaElement.HAVE_METADATA) media.currentTime = time_s;
    else this.wave?.setTime(time_s);
    this.tick(time_s);
  }

  private open(song: Song, peaks: Float32Array): void {
    const wave = WaveSurfer.create({
      container: byId("waveform"),
      height: 72,
      barWidth: 2,
      barGap: 1,
      barRadius: 2,
      normalize: true,
      cursorWidth: 2,
      dragToSeek: true,
      ...this.colours(),
      url: song.url,
      peaks: [peaks],
      duration: this.duration_s,
    });
    adoptStyle(wave);
    // The events come late: one that tells of the end may arrive after the next jump. The player knows where it is.
    wave.on("timeupdate", () => this.tick(wave.getCurrentTime()));
    wave.on("seeking", () => this.tick(wave.getCurrentTime()));
    wave.on("play", () => this.paint(true));
    wave.on("pause", () => this.paint(false));
    wave.on("finish", () => this.paint(false));
    wave.on("error", () => this.say("This browser cannot play this file."));
    this.wave = wave;
    this.button.disabled = false;
    this.tick(0);
  }

  private async toggle(): Promise<void> {
    try {
      await this.wave?.playPause();
    } catch (cause) {
      if (!(cause instanceof DOMException)) throw cause;
      this.say(`This browser cannot play this file (${cause.message}).`);
    }
  }

  private tick(time_s: number): void {
    byId("clock").textContent = `${clock(time_s)} / ${clock(this.duration_s)}`;
    this.onTime(time_s);
  }

  private say(words: string): void {
    this.note.textContent = words;
    this.note.hidden = words === "";
  }

  private paint(playing: boolean): void {
    this.button.querySelector("path")!.setAttribute("d", playing ? PAUSE : PLAY);
    this.button.querySelector("span")!.textContent = playing ? "Pause" : "Play";
  }

  private colours(): { waveColor: string; progressColor: string; cursorColor: string } {
    const style = getComputedStyle(document.documentElement);
    const value = (name: string) => style.getPropertyValue(name).trim();
    return { waveColor: value("--wave"), progressColor: value("--accent"), cursorColor: value("--ink") };
  }
}

/** Give wavesurfer its own style sheet, which the build leaves inert: the page allows no style elements. */
function adoptStyle(wave: WaveSurfer): void {
  const root = wave.getWrapper().getRootNode() as ShadowRoot;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(root.querySelector<HTMLTemplateElement>("template")!.content.textContent!);
  root.adoptedStyleSheets = [sheet];
}

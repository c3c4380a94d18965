/** Ways to choose a song: drop it, pick it, or take an example. */

import { byId, el } from "./dom";
import { beside, fetchJson } from "./engine";
import { Song } from "./song";

/** An example beside the page, as the build wrote it. */
interface Example {
  title: string;
  file: string;
}

type OnSong = (song: Song) => void;
type OnProblem = (words: string) => void;

export function listenForFiles(onSong: OnSong, onProblem: OnProblem): void {
  const input = byId<HTMLInputElement>("file");
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    if (file) onSong(new Song(file.name, file));
    input.value = ""; // the same file may be chosen again
  });
  const drop = byId("drop");
  addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) drop.classList.remove("over");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const files = event.dataTransfer?.files ?? [];
    if (files[0]) onSong(new Song(files[0].name, files[0]));
    else onProblem("What you dropped is no file. Drop a song from a folder of your machine.");
    // After the song, because a new song takes away what was said before.
    if (files.length > 1) onProblem(`One song at a time: of the ${files.length} files that you dropped the first is heard.`);
  });
}

/** Offer the examples that lie beside the page; a page without them offers none. */
export async function offerExamples(onSong: OnSong, onProblem: OnProblem): Promise<void> {
  const examples = await fetchJson<Example[]>("examples/index.json");
  const row = byId("examples");
  for (const { title, file } of examples) {
    const button = el("button", { type: "button" }, title);
    button.addEventListener("click", async () => {
      const response = await fetch(beside(file));
      if (response.ok) onSong(new Song(file.split("/").at(-1)!, await response.blob()));
      else onProblem(`The example '${title}' could not be fetched (${response.status}). Load the page again.`);
    });
    row.append(button);
  }
  row.hidden = examples.length === 0;
}

"""Every network the whole way on GTZAN-mini's sound: features, training, one file, `predict` of songs it has not heard.

    python benchmarks/audio_networks.py [RECIPE...] [--vgg16 FILE] [--musicnn WHEEL] [--epochs N] [--work DIR]

Forty clips to learn from and ten to be asked about say that each network works, not how good it is. Finished rows are
kept in the work folder. Networks whose published weights are not here say so.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

import _common
import _training
from genrescope import load_model
from genrescope.audio.stream import load
from genrescope.card import IN_GRAPH
from genrescope.errors import GenrescopeError
from genrescope.recipes._base import changed, read_recipe, recipe_names
from genrescope.recipes.export import export_run, trained_network
from genrescope.recipes.networks import Trained
from genrescope.recipes.train import prepare
from genrescope.recipes.train import train as train_recipe

FROZEN = ("model_settings.frozen=true",)
CHANGES: Mapping[str, tuple[str, ...]] = {
    "fma-vgg16": (*_training.PLAIN, *FROZEN),
    "fma-vgg16-progressive": _training.PLAIN,
    "fma-vgg16-progressive-open": _training.PLAIN,
    "gtzan-cnn": _training.PLAIN,
    "musicnn-finetune": FROZEN,
}
"""For time: frozen trunks are computed once where nothing is augmented."""
COLUMNS = (
    "recipe", "input", "weights", "learning", "training, s", "peak, MiB", "training accuracy", "right of test clips",
    "test clips", "file, MB", "predict, s a clip", "steps a clip", "file - network", "why not",
)  # fmt: skip


def main() -> None:
    names = [name for name in recipe_names() if read_recipe(name).kind == "network"]
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("recipes", nargs="*", metavar="RECIPE", help=f"of {', '.join(names)}; default all")
    arguments.add_argument("--vgg16", type=Path, help="a file with VGG16's weights")
    arguments.add_argument("--musicnn", type=Path, help="musicnn's wheel")
    arguments.add_argument("--epochs", type=int, default=20)
    arguments.add_argument("--work", type=Path, help="where runs and finished rows are kept")
    said = arguments.parse_args()
    work = said.work or Path(tempfile.mkdtemp(prefix="audio-networks-"))
    starts = {"vgg16": said.vgg16, "musicnn": said.musicnn, "yamnet": yamnet()}
    rows = [row_of(name, starts, said.epochs, work, train=name in (said.recipes or names)) for name in names]
    _common.write_result(
        "audio_networks",
        "Every network on GTZAN-mini's sound",
        {f"60 clips of 10 genres: 40 learned, 10 validated, 10 asked; {said.epochs} epochs": rows},
        notes=[
            "Drawn at random, one artist may stand on both sides; ten clips say next to nothing of a network's worth.",
            "predict, s a clip: 30 s of Ogg Vorbis from the disk to the answer over time, one thread, processor time.",
            "file - network: largest difference of a probability on a test clip, the front end inside where it is.",
            "training, s: by the clock; features are computed before.",
        ],
        data=sorted((_common.data_folder() / "gtzan_mini").rglob("*.ogg")),
        packages=("torch", "torchvision", "lightning"),
    )


def yamnet() -> Path | None:
    """Return YAMNet's file, where it is."""
    path = _common.data_folder() / "pretrained" / "yamnet.tflite"
    return path if path.is_file() else None


def row_of(name: str, starts: Mapping[str, Path | None], epochs: int, work: Path, *, train: bool) -> dict[str, object]:
    """Train a recipe and ask its file; one that is not trained says why."""
    recipe = read_recipe(name)
    base = next((known for known in starts if known in name), "")
    row: dict[str, object] = {"recipe": name, "input": recipe.input}
    if (base and starts[base] is None) or name in {"gtzan-inception", "vggish-finetune"}:
        return _training.rounded([row | {"why not": "weights not here"}], COLUMNS)[0]
    start = (f"training.start={starts[base]}",) if base else ()
    changes = (*CHANGES.get(name, ()), *start, f"training.epochs={epochs}", "training.patience=0", "training.keep=last")
    case = _training.Case(name, name, "gtzan", _common.data_folder() / "gtzan_mini", "balanced", changes)
    if not train and not _training.is_kept(case, work):
        return _training.rounded([row | {"why not": "not trained"}], COLUMNS)[0]
    try:
        found = _training.kept_or(case, work, lambda: learned_and_asked(case, work))
    except GenrescopeError as error:
        found = {"why not": str(error)}
    return _training.rounded([row | dict(found)], COLUMNS)[0]


def learned_and_asked(case: _training.Case, work: Path) -> dict[str, object]:
    """Return a row of a network that was trained, written as a file, and asked about the test part's songs."""
    asked = case.asked(work)
    trained = train_recipe(
        changed(read_recipe(case.recipe), list(case.changes)), asked, work / "runs" / case.name, resume=True
    )
    assert isinstance(trained, Trained)
    file = trained.path / _training.MODEL
    card = export_run(trained.path, file)
    test = prepare(trained.recipe, asked).parts["test"]
    songs = [case.root / one.partition(".")[0] / f"{one}.ogg" for one in test.ids]
    model = load_model(file, threads=1)
    model.predict(songs[0])
    begun_s = time.process_time()
    answers = [model.predict(song) for song in songs]
    seconds = (time.process_time() - begun_s) / len(songs)
    right = sum(answer.genre == test.labels[truth] for answer, truth in zip(answers, test.targets, strict=True))
    timeline = answers[0].timeline
    inside = card.front_end == IN_GRAPH
    return {
        **_training.row(case, trained),
        "right of test clips": right,
        "test clips": len(songs),
        "file, MB": round(file.stat().st_size / 1e6, 2),
        "predict, s a clip": seconds,
        "steps a clip": len(timeline.probabilities) if timeline is not None else 1,
        "file - network": in_graph_difference(trained, file, songs[0])
        if inside
        else _training.file_facts(case, work, trained)["file - network"],
    }


def in_graph_difference(trained: Trained, file: Path, song: Path) -> float:
    """Return the largest difference between a file with its front end inside and the same in torch, on a song."""
    import onnxruntime
    import torch

    from genrescope.features.catalogue import make_feature
    from genrescope.models._net_export import WaveformGraph, window_times

    facts = trained.facts
    network = trained_network(trained.path)
    front_end = make_feature(facts["input"]["feature"], **facts["input"]["settings"]).settings
    times = window_times(network, front_end)
    hop = round(times.hop_s * times.sample_rate_hz)
    graph = WaveformGraph(network, front_end, hop, float(facts.get("temperature") or 1.0)).eval()
    waveform = load(song, times.sample_rate_hz).samples
    waveform = np.resize(waveform, round(times.window_s * times.sample_rate_hz) + 2 * hop)[None]
    session = onnxruntime.InferenceSession(str(file))
    with torch.inference_mode():
        expected = graph(torch.from_numpy(waveform))[0].numpy()
    return float(np.abs(session.run(["probabilities"], {"waveform": waveform})[0] - expected).max())


if __name__ == "__main__":
    main()

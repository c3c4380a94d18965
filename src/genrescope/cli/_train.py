"""The course of ``genrescope train``, and what it says on the way."""

import json
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

from genrescope.cli._data import tell_used
from genrescope.cli._terminal import clock
from genrescope.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genrescope.features.store import Done
    from genrescope.recipes.classifiers import ClassifierRun
    from genrescope.recipes.networks import Trained
    from genrescope.training.fit import Epoch, Progress

BETWEEN_S = 0.5
"""The line of a terminal renews itself no more often."""


@dataclass(frozen=True)
class Request:
    """The arguments of ``genrescope train``, named as there."""

    recipe: str
    data: str
    root: Path
    out: Path
    split: str | None
    changes: tuple[str, ...]
    seed: int
    multi_label: bool
    work: Path | None
    workers: int | None
    resume: bool
    as_json: bool


def run(request: Request) -> None:
    """Train, and say how it went.

    Raises
    ------
    GenrescopeError
        In words: wrong use, or a training that cannot go on.
    """
    from genrescope.recipes._base import changed, read_recipe
    from genrescope.recipes.train import Asked, train

    recipe = changed(read_recipe(request.recipe), request.changes)
    asked = Asked(
        request.data, request.root, request.split, request.multi_label, request.work, request.seed, request.workers,
        partial(tell_used, work=request.work),
    )  # fmt: skip
    teller = Teller(_epochs(recipe.training))
    try:
        trained = train(recipe, asked, request.out, resume=request.resume, tell=teller.tell, on_done=teller.heard)
    except ModuleNotFoundError as cause:
        raise MissingExtraError("'train'", "train") from cause
    finally:
        teller.clear()
    typer.echo(json.dumps(trained.facts, ensure_ascii=False) if request.as_json else words_of(trained))


def words_of(trained: "Trained | ClassifierRun") -> str:
    """Say for people how a run went."""
    said = trained.facts
    if said.get("kind") == "classifier":
        accuracy = said["metrics"]["validation_accuracy"]
        chosen = "no validation part" if accuracy is None else f"validation accuracy {accuracy:.3f}"
        lines = [
            f"{trained.path}: {said['model']} on {said['parts']['training']} tracks, {len(said['labels'])} genres",
            f"  {chosen}; {clock(said['seconds'])}, {said['peak_mib']:.0f} MiB at most",
        ]
        return "\n".join(lines + _words_of_data(said))
    return _words_of_network(cast("Trained", trained))


def _words_of_network(trained: "Trained") -> str:
    said, metrics = trained.facts, trained.metrics
    accuracy = metrics["validation_accuracy"]
    chosen = f"validation accuracy {accuracy:.3f}" if accuracy is not None else "no validation part"
    lines = [
        f"{trained.path}: {said['recipe']}, {len(said['labels'])} genres, {said['n_weights']:,} weights",
        f"  kept epoch {said['best_epoch']} of {said['epochs']}: {chosen}, training {metrics['training_accuracy']:.3f}",
        f"  {clock(said['seconds'])} in {said['precision']}, {said['peak_mib']:.0f} MiB at most",
        f"  {said['waiting_share']:.1%} of the time waiting for data",
    ]
    return "\n".join(lines + _words_of_data(said))


def _words_of_data(said: "Mapping[str, Any]") -> list[str]:
    lines = [f"  note: {note}" for note in said["notes"]]
    if said.get("genres_not_there"):
        strange = ", ".join(said["genres_not_there"])
        lines.insert(0, f"  the data lacks genres of the recipe ({strange}): all genres of the data were learned")
    if said.get("tracks_without_input"):
        lines.insert(0, f"  {said['tracks_without_input']} tracks of the split have no input and were left out")
    return lines


def _epochs(training: "Mapping[str, Any]") -> int:
    from genrescope.training.fit_settings import fit_settings

    return fit_settings(training).epochs


@dataclass
class Teller:
    """Says on standard error how far a training is: a line an epoch, and on a terminal one that renews itself."""

    epochs: int
    told: int = 0
    n_heard: int = 0
    _begun_s: float = field(default_factory=time.monotonic)
    _next_s: float = 0.0
    _before: int | None = None

    def heard(self, done: "Done") -> None:
        """Count a track whose feature was computed."""
        self.n_heard += 1
        self._live(f"{self.n_heard} tracks heard, now {done.track_id}")
        self._begun_s = time.monotonic()

    def tell(self, progress: "Progress") -> None:
        """Say how far the training is."""
        done = len(progress.history)
        if self._before is None or done < self.told:
            # Epochs of an earlier, interrupted run are not told again; a second step begins at 0.
            self._before, self.told, self._begun_s = done, done, time.monotonic()
        while self.told < done:
            self.clear()
            typer.echo(self._line(progress.history[self.told]), err=True)
            self.told += 1
        if progress.n_batches:
            share = progress.batch / progress.n_batches
            self._live(f"epoch {done + 1} of {self.epochs}: batch {progress.batch} of {progress.n_batches}"
                       f"{self._left(done - self._before + share, self.epochs - self._before)}")  # fmt: skip

    def clear(self) -> None:
        """Take the line of the terminal away."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _line(self, epoch: "Epoch") -> str:
        checked = ""
        if epoch.validation_loss is not None:
            checked = f"; validation loss {epoch.validation_loss:.3f}, accuracy {epoch.validation_accuracy:.3f}"
        left = self._left(self.told + 1 - (self._before or 0), self.epochs - (self._before or 0))
        return (
            f"epoch {epoch.epoch} of {self.epochs}: loss {epoch.training_loss:.3f}, "
            f"accuracy {epoch.training_accuracy:.3f}{checked}; {epoch.seconds:.1f} s{left}"
        )

    def _left(self, done: float, total: int) -> str:
        if done <= 0 or done >= total:
            return ""
        left_s = (time.monotonic() - self._begun_s) / done * (total - done)
        return f", at most {clock(left_s)} left"

    def _live(self, words: str) -> None:
        now_s = time.monotonic()
        if sys.stderr.isatty() and now_s >= self._next_s:
            self._next_s = now_s + BETWEEN_S
            sys.stderr.write(f"\r\x1b[K{words}")
            sys.stderr.flush()

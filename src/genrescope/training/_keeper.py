"""What is kept of a run after each epoch: two files, each written beside its place and then moved there."""

import hashlib
import io
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Checkpoint

from genrescope.errors import ModelError, UsageError
from genrescope.training._memory import peak_mib
from genrescope.training._task import GenreTask
from genrescope.training._whole import write_whole
from genrescope.training.fit_settings import FitSettings

LAST, BEST = "last.ckpt", "best.pt"
_OURS = "genrescope"


@dataclass(frozen=True)
class Epoch:
    """An epoch in figures; what was not measured is None.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    training_loss, training_accuracy : float
        While it learned, augmentation and dropout included, without the l2 term.
    validation_loss, validation_accuracy : float or None
        At its end.
    learning_rate : float
        At its end.
    seconds : float
        Of learning and validation.
    waited_s : float
        Of these, how long the network waited for data.
    peak_mib : float
        Memory of the process so far; of a GPU where there is one.
    """

    epoch: int
    training_loss: float
    training_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float
    waited_s: float
    peak_mib: float


class Keeper(Checkpoint):
    """Keeps the last whole epoch (to resume from) and the best weights, and what every epoch measured.

    Parameters
    ----------
    folder : Path
        Where the files go.
    settings : FitSettings
        What is best.
    identity : mapping
        What this run is of; a checkpoint of another one is refused.
    tell : callable, optional
        Told of each epoch.
    """

    def __init__(
        self,
        folder: Path,
        settings: FitSettings,
        identity: Mapping[str, object],
        tell: Callable[[list[Epoch]], object] | None = None,
    ) -> None:
        self.folder, self.settings, self.identity, self.tell = folder, settings, dict(identity), tell
        self.history: list[Epoch] = []
        self.best: int | None = None
        self.finished = False
        self.unwritten: dict[str, str] = {}
        self._digest = ""
        self._begun_s = 0.0

    # ------------------------------------------------------------------------------------------- called by Lightning

    def on_train_epoch_start(self, *_: Any) -> None:
        """Start the clock."""
        self._begun_s = time.perf_counter()

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Keep the epoch."""
        assert isinstance(pl_module, GenreTask)  # noqa: S101 - tells the type checker; `fit` makes no other
        epoch = self._measured(trainer, pl_module)
        self.history.append(epoch)
        self.finished = trainer.should_stop or epoch.epoch == self.settings.epochs
        # Best first: where a kill falls between the two, the epoch is done again and gives the same weights.
        if self._is_best(epoch) and (not trainer.is_global_zero or self._keep_best(pl_module.result)):
            self.best = epoch.epoch
        self._keep(LAST, partial(_save, trainer))
        if trainer.is_global_zero and self.tell is not None:
            self.tell(self.history)

    def on_save_checkpoint(self, *told: Any) -> None:
        """Put beside the weights what they are of."""
        checkpoint: dict[str, Any] = told[-1]
        checkpoint[_OURS] = {"identity": self.identity, **self.state()}

    def state(self) -> dict[str, Any]:
        """Return what was measured and kept, in plain values."""
        return {
            "history": [asdict(epoch) for epoch in self.history],
            "best": self.best,
            "digest": self._digest,
            "finished": self.finished,
            "unwritten": dict(self.unwritten),
        }

    def take(self, state: Mapping[str, Any]) -> None:
        """Take over the `state` of another keeper."""
        self.history = [Epoch(**epoch) for epoch in state["history"]]
        self.best, self.finished = state["best"], state["finished"]
        self._digest = state.get("digest", "")  # an older version's checkpoint has none
        self.unwritten = dict(state.get("unwritten", {}))

    # ------------------------------------------------------------------------------------------------------- resume

    def resume(self) -> Path | None:
        """Take over what an earlier run of the same recipe and data kept; None where nothing was.

        Raises
        ------
        UsageError
            The checkpoint is of another recipe or of other data.
        ModelError
            It cannot be read.
        """
        path = self.folder / LAST
        if not path.exists():
            return None
        kept = read_checkpoint(path)
        differs = [key for key in self.identity if self.identity[key] != kept["identity"].get(key)]
        if differs:
            was = ", ".join(f"{key} {_short(kept['identity'].get(key))}" for key in differs)
            now = ", ".join(f"{key} {_short(self.identity[key])}" for key in differs)
            raise UsageError(f"{path}: this is a checkpoint of another run: it has {was}; asked for is {now}.")
        self.take(kept)
        self.unwritten.pop(LAST, None)  # what is read was written
        return path

    # ---------------------------------------------------------------------------------------------- what came of it

    def check_best(self) -> None:
        """See that the best weights are those of the best epoch.

        Raises
        ------
        ModelError
            No epoch was kept, or the file is of another one: where the disk was full, it may be of a later epoch than
            the checkpoint that a run went on from.
        """
        path = self.folder / BEST
        if self.best is None:
            raise ModelError(f"{path}: no epoch could be kept; is the disk full?")
        if self._digest and path.exists() and _digest(path.read_bytes()) != self._digest:
            raise ModelError(
                f"{path}: these are not the weights of epoch {self.best}, which is the best that {LAST} knows of. "
                "Is the disk full? Make room and go on with --resume: the epochs after it are learned once more."
            )

    def unkept(self) -> str:
        """Say what could not be written, and what follows; empty where all is kept."""
        wanted = self._wanted()
        words = []
        if BEST in self.unwritten and self.best != wanted:
            words.append(
                f"{self.folder / BEST} could not be written after epoch {wanted} ({self.unwritten[BEST]}); the one of "
                f"an earlier epoch is kept. Is the disk full? Weights and figures are those of epoch {self.best}."
            )
        if LAST in self.unwritten:
            words.append(
                f"{self.folder / LAST} could not be written after epoch {len(self.history)} ({self.unwritten[LAST]}). "
                "Is the disk full? --resume cannot go on from there: it begins at an earlier epoch, or anew."
            )
        return "\n".join(words)

    def _wanted(self) -> int:
        """Return which epoch's weights would be kept if every file could be written."""
        if self.settings.keep == "last":
            return len(self.history)
        return max(self.history, key=lambda epoch: score(epoch, self.settings)).epoch

    # ------------------------------------------------------------------------------------------------------ its parts

    def _measured(self, trainer: lightning.Trainer, task: GenreTask) -> Epoch:
        loss, accuracy = task.means
        seen = {name: float(value) for name, value in trainer.callback_metrics.items()}
        gpu = task.device.type == "cuda"
        return Epoch(
            epoch=trainer.current_epoch + 1,
            training_loss=loss,
            training_accuracy=accuracy,
            validation_loss=seen.get("validation_loss"),
            validation_accuracy=seen.get("validation_accuracy"),
            learning_rate=float(trainer.optimizers[0].param_groups[0]["lr"]),
            seconds=time.perf_counter() - self._begun_s,
            waited_s=task.batches.waited_s if task.batches is not None else 0.0,
            peak_mib=torch.cuda.max_memory_allocated(task.device) / 2**20 if gpu else peak_mib(),
        )

    def _is_best(self, epoch: Epoch) -> bool:
        if self.settings.keep == "last" or self.best is None:
            return True
        before = self.history[self.best - 1]
        return score(epoch, self.settings) > score(before, self.settings)

    def _keep_best(self, network: torch.nn.Module) -> bool:
        packed = _packed(network)
        kept = self._keep(BEST, lambda path: path.write_bytes(packed))
        if kept:
            self._digest = _digest(packed)
        return kept

    def _keep(self, name: str, write: Callable[[Path], object]) -> bool:
        try:
            write_whole(self.folder / name, write)
        except (OSError, RuntimeError) as cause:  # torch's writer says of a full disk only that it failed
            self.unwritten[name] = str(cause)
            return False
        self.unwritten.pop(name, None)
        return True


def score(epoch: Epoch, settings: FitSettings) -> float:
    """Return how good an epoch is by what is watched: more is better."""
    if settings.monitor == "loss":
        return -float("inf") if epoch.validation_loss is None else -epoch.validation_loss
    return -float("inf") if epoch.validation_accuracy is None else epoch.validation_accuracy


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return what we put beside a checkpoint's weights; ModelError where it is none of ours."""
    try:
        kept: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=True)[_OURS]
    except (OSError, RuntimeError, KeyError, ValueError, EOFError, TypeError) as cause:
        raise ModelError(
            f"{path}: this is no checkpoint of a training run ({cause!r}); begin anew in another --out."
        ) from cause
    return kept


def _packed(network: torch.nn.Module) -> bytes:
    weights = {name: value.detach().cpu().contiguous() for name, value in whole(network).state_dict().items()}
    # Into memory first: torch puts the name of the file that it writes into it, and that of ours changes.
    packed = io.BytesIO()
    torch.save(weights, packed)
    return packed.getvalue()


def _save(trainer: lightning.Trainer, path: Path) -> None:
    try:
        trainer.save_checkpoint(path)
    except (OSError, RuntimeError):
        trainer.strategy.barrier()  # the other processes write nothing, and wait for this one
        raise


def _digest(packed: bytes) -> str:
    return hashlib.sha256(packed).hexdigest()


def whole(network: torch.nn.Module) -> torch.nn.Module:
    """Return the network whose top alone is trained, where this is such a top; else the network itself."""
    inner = getattr(network, "whole", network)
    return inner if isinstance(inner, torch.nn.Module) else network


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."

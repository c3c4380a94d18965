"""Training a network with Lightning: best epoch by validation, resumable to the same weights.

What is random (batch order, augmentation, dropout) is drawn from (seed, epoch, index), and the last whole epoch is kept
with the optimizer's state: a run that was killed and resumed ends with the weights of an unbroken one.
"""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping

from genrescope.errors import ModelError, UsageError
from genrescope.models._network import GenreNetwork
from genrescope.training._allocator import reusing_memory
from genrescope.training._keeper import BEST, LAST, Epoch, Keeper, whole
from genrescope.training._memory import forget_peak
from genrescope.training._processes import STRATEGY, Reporter, hearing
from genrescope.training._task import DivergedError, GenreTask
from genrescope.training.examples import Examples
from genrescope.training.fit_settings import FitSettings

__all__ = ["DivergedError", "Epoch", "Fitted", "Progress", "computes_in_bf16", "fit", "has_result", "load_best"]


@dataclass(frozen=True)
class Progress:
    """How far a run is: batches of the present epoch, and the epochs that are done."""

    batch: int
    n_batches: int
    history: tuple[Epoch, ...]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network.

    Attributes
    ----------
    network : GenreNetwork
        With the weights of the best epoch (or the last, as `FitSettings.keep` says), in evaluation mode.
    history : tuple of Epoch
        Every epoch.
    best_epoch : int
        Whose weights these are, counted from 1.
    seconds : float
        Of all epochs, without what came before the first.
    peak_mib : float
        The most memory that the process held; of a GPU where there is one.
    waiting : float
        Share of the time in which the network waited for data.
    precision : str
        Of the arithmetic.
    """

    network: GenreNetwork
    history: tuple[Epoch, ...]
    best_epoch: int
    seconds: float
    peak_mib: float
    waiting: float
    precision: str


def fit(  # noqa: PLR0913 - what is learned, how, where, from which chance
    network: GenreNetwork,
    training: Examples,
    validation: Examples | None,
    settings: FitSettings,
    folder: Path,
    *,
    seed: int,
    identity: Mapping[str, object] | None = None,
    resume: bool = False,
    tell: Callable[[Progress], object] | None = None,
) -> Fitted:
    """Train a network.

    Parameters
    ----------
    network : GenreNetwork
        With its first weights; it is changed.
    training, validation, settings : Examples, Examples or None, FitSettings
        `validation` chooses the best epoch; None where `settings.keep` is ``last``.
    folder : Path
        For checkpoints and TensorBoard logs.
    seed : int
        Of batch order, augmentation and dropout.
    identity, resume : mapping, bool
        Go on from the last whole epoch; a checkpoint of another identity, other settings or other data is refused.
    tell : callable, optional
        Told how far the run is.

    Raises
    ------
    UsageError
        Examples, network, settings and machine do not fit each other, or the checkpoint is of another run.
    ModelError
        A loss is no number any more (`DivergedError`), or nothing could be kept.
    """
    _check(network, training, validation, settings)
    folder.mkdir(parents=True, exist_ok=True)
    said = _identity(training, validation, settings, seed) | dict(identity or {})
    if not resume:
        _clear(folder)
    keeper = Keeper(folder, settings, said)
    checkpoint = keeper.resume()
    if not keeper.finished:
        _learn(GenreTask(network, training, validation, settings, seed), keeper, checkpoint, tell)
    return _kept(network, keeper)


def _kept(network: GenreNetwork, keeper: Keeper) -> Fitted:
    keeper.check_best()
    if unkept := keeper.unkept():
        _warn(unkept)
    return _fitted(network, keeper, keeper.folder, _precision(keeper.settings))


def _learn(task: GenreTask, keeper: Keeper, checkpoint: Path | None, tell: Callable[[Progress], object] | None) -> None:
    if task.settings.channels_last:
        task.to(memory_format=torch.channels_last)
    forget_peak()
    try:
        _learn_quietly(task, keeper, checkpoint, tell)
    except DivergedError as error:
        error.fitted = _kept(task.network, keeper) if keeper.history else None
        raise


def _learn_quietly(
    task: GenreTask, keeper: Keeper, checkpoint: Path | None, tell: Callable[[Progress], object] | None
) -> None:
    with _quiet(), reusing_memory():
        if task.settings.devices == 1:
            _run(_trainer(task.settings, keeper, _teller(tell, keeper)), task, checkpoint)
            return
        queue = get_context("spawn").SimpleQueue()
        beside = [*_teller(tell and queue.put, keeper), Reporter(keeper, queue, _hush)]
        with hearing(queue, keeper, tell):
            _run(_trainer(task.settings, keeper, beside), task, checkpoint)


def _run(trainer: lightning.Trainer, task: GenreTask, checkpoint: Path | None) -> None:
    trainer.fit(task, ckpt_path=checkpoint, weights_only=checkpoint is not None)


def _teller(tell: Callable[[Progress], object] | None, keeper: Keeper) -> list[Callback]:
    return [] if tell is None else [_Teller(tell, keeper)]


def load_best(network: GenreNetwork, folder: Path) -> GenreNetwork:
    """Put the kept weights into a network of the same form, and return it in evaluation mode.

    Raises
    ------
    ModelError
        There are none, or they are of another network.
    """
    path = folder / BEST
    try:
        whole(network).load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except FileNotFoundError as cause:
        raise ModelError(f"{path}: there are no weights; train first.") from cause
    except (OSError, RuntimeError, ValueError, EOFError) as cause:
        raise ModelError(f"{path}: these are not this network's weights ({cause}).") from cause
    return network.eval()


def has_result(folder: Path) -> bool:
    """Whether a run kept at least one whole epoch here."""
    return (folder / LAST).exists() and (folder / BEST).exists()


def computes_in_bf16() -> bool:
    """Whether this machine has units for bf16: a GPU's, or AVX-512's or AMX' of the processor."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    try:
        words = set(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return False
    return bool(words & {"amx_bf16", "avx512_bf16"})


def _fitted(network: GenreNetwork, kept: Keeper, folder: Path, precision: str) -> Fitted:
    # Where the last epoch is wanted, the last that could be kept is it: those after it left nothing.
    history = kept.history[: kept.best] if kept.settings.keep == "last" else kept.history
    seconds = sum(epoch.seconds for epoch in history)
    return Fitted(
        network=load_best(network, folder),
        history=tuple(history),
        best_epoch=kept.best or len(history),
        seconds=seconds,
        peak_mib=max(epoch.peak_mib for epoch in history),
        waiting=sum(epoch.waited_s for epoch in history) / max(seconds, 1e-9),
        precision=precision,
    )


def _identity(training: Examples, validation: Examples | None, settings: FitSettings, seed: int) -> dict[str, object]:
    return {
        "training part": training.fingerprint,
        "validation part": validation.fingerprint if validation is not None else "none",
        "seed": seed,
        **{f"training.{key}": value for key, value in asdict(settings).items()},
    }


def _check(network: GenreNetwork, training: Examples, validation: Examples | None, settings: FitSettings) -> None:
    if not len(training):
        raise UsageError("the training part holds no track.")
    there = training.targets.any(axis=0) if training.multi_label else np.bincount(training.targets) > 0
    if there.sum() < 2:
        only = training.labels[int(there.argmax())]
        raise UsageError(f"all {len(training)} training tracks are {only!r}: a model learns two genres or more.")
    shape = training.inputs.shape
    if shape is None:
        raise UsageError(
            "the tracks' inputs differ in length; give the feature a fixed one: --set input_settings.n_frames=N"
        )
    if shape != network.form.shape:
        raise UsageError(f"the network was made for examples of shape {network.form.shape}; the tracks' is {shape}.")
    if validation is None or not len(validation):
        if settings.keep == "best" or settings.patience:
            raise UsageError(
                "the split has no validation part, so that no best epoch can be chosen: split into three parts, or "
                "take the last epoch with  --set training.keep=last --set training.patience=0"
            )
    elif validation.inputs.shape != shape or validation.labels != training.labels:
        raise UsageError(f"training has shape {shape}, validation {validation.inputs.shape}, or their genres differ.")


def _trainer(settings: FitSettings, keeper: Keeper, more: Sequence[Callback]) -> lightning.Trainer:
    callbacks: list[Callback] = [keeper, *more]
    if settings.patience:
        watched = f"validation_{settings.monitor}"
        mode = "min" if settings.monitor == "loss" else "max"
        stop = EarlyStopping(
            watched, settings.min_delta, settings.patience, mode=mode, check_finite=False, check_on_train_epoch_end=True
        )
        callbacks.insert(0, stop)
    from lightning.pytorch.loggers import TensorBoardLogger

    return lightning.Trainer(
        accelerator="auto",
        devices=settings.devices,
        strategy="auto" if settings.devices == 1 else STRATEGY,
        precision="bf16-mixed" if _precision(settings) == "bf16" else "32-true",
        max_epochs=settings.epochs,
        accumulate_grad_batches=settings.accumulate,
        gradient_clip_val=settings.clip_norm or None,
        reload_dataloaders_every_n_epochs=1,
        num_sanity_val_steps=0,
        logger=TensorBoardLogger(keeper.folder.parent, name="", version="tensorboard"),
        callbacks=callbacks,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=keeper.folder,
    )


class _Teller(Callback):
    """Tells how far the run is."""

    def __init__(self, tell: Callable[[Progress], object], keeper: Keeper) -> None:
        self.tell, self.keeper = tell, keeper

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Tell it."""
        if trainer.is_global_zero:
            batch = trainer.fit_loop.epoch_loop.batch_idx + 1
            self.tell(Progress(batch, int(trainer.num_training_batches), tuple(self.keeper.history)))

    def on_train_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Tell that it is over."""
        if trainer.is_global_zero:
            self.tell(Progress(0, 0, tuple(self.keeper.history)))


def _precision(settings: FitSettings) -> str:
    if settings.precision == "auto":
        return "bf16" if computes_in_bf16() else "32"
    if settings.precision == "bf16" and not computes_in_bf16():  # some layers would fail there, all would be slow
        raise UsageError("this machine does not compute in bf16; leave precision at auto, or set it to 32.")
    return settings.precision


def _clear(folder: Path) -> None:
    for name in (LAST, BEST):
        (folder / name).unlink(missing_ok=True)


def _warn(words: str) -> None:
    """Warn in words alone: which line of ours warned says nothing to who trains."""
    form = warnings.formatwarning
    warnings.formatwarning = lambda message, *_, **__: f"genrescope: {message}\n"
    try:
        warnings.warn(words, stacklevel=3)
    finally:
        warnings.formatwarning = form


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Lightning from printing tips; what it warns of its own insides concerns nobody."""
    levels = [logger.level for logger in _loggers()]
    try:
        with warnings.catch_warnings():
            _hush()
            yield
    finally:
        for logger, level in zip(_loggers(), levels, strict=True):
            logger.setLevel(level)


def _hush() -> None:
    for logger in _loggers():
        logger.setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
    warnings.filterwarnings("ignore", module=r"torch\..*")


def _loggers() -> list[logging.Logger]:
    names = ("lightning.pytorch", "lightning.fabric", "lightning", "torch.multiprocessing.spawn")
    return [logging.getLogger(name) for name in names]

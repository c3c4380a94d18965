"""Training: it learns, it resumes to the same weights, and what goes wrong is said with nothing lost."""

import errno
import os
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]

from genrescope.errors import ModelError, UsageError
from genrescope.models.catalogue import make_network
from genrescope.training import _keeper
from genrescope.training.answer import answer
from genrescope.training.examples import ArrayInputs, Examples, Indices
from genrescope.training.fit import DivergedError, Fitted, Progress, computes_in_bf16, fit, has_result, load_best
from genrescope.training.fit import _warn as warn
from genrescope.training.fit_settings import FitSettings
from tests.training._sets import LABELS, SHAPE, bands

QUICK = FitSettings(epochs=4, batch_size=16, precision="32", learning_rate=3e-3)


def small(settings: FitSettings, folder: Path, *, resume: bool = False, n: int = 48, **more: object) -> Fitted:
    torch.manual_seed(0)
    network = make_network("scope-net", 3, SHAPE, width=4, n_embedding=16)
    return fit(network, bands(n, 0), bands(24, 1), settings, folder, seed=0, resume=resume, **more)  # type: ignore[arg-type]


def test_it_learns_and_keeps_the_best_epoch(tmp_path: Path) -> None:
    told: list[Progress] = []
    fitted = small(replace(QUICK, epochs=8, ema=0.5, schedule="one-cycle"), tmp_path / "run", n=96, tell=told.append)
    assert len(fitted.history) == 8
    best = fitted.history[fitted.best_epoch - 1]
    assert best.validation_accuracy == max(epoch.validation_accuracy or 0 for epoch in fitted.history)
    assert (best.validation_accuracy or 0) > 0.6
    right = answer(fitted.network, bands(24, 1)).argmax(axis=1) == bands(24, 1).targets
    assert right.mean() == pytest.approx(best.validation_accuracy)
    assert has_result(tmp_path / "run")
    assert [epoch.epoch for epoch in told[-1].history] == list(range(1, 9))
    assert max(progress.batch for progress in told) == told[0].n_batches == 6
    assert 0 <= fitted.waiting < 1
    assert fitted.peak_mib > 0


@pytest.mark.parametrize("optimizer", ["sgd", "adadelta", "adagrad", "adamw"])
def test_every_optimizer_lowers_the_loss(optimizer: str, tmp_path: Path) -> None:
    rate = {"sgd": 0.02, "adadelta": 1.0}.get(optimizer, 3e-3)
    changes = {"momentum": 0.9} if optimizer == "sgd" else {"accumulate": 2, "l2": 1e-4, "clip_norm": 1.0}
    settings = replace(QUICK, optimizer=optimizer, learning_rate=rate, schedule="cosine", **changes)  # type: ignore[arg-type]
    history = small(settings, tmp_path).history
    assert history[-1].training_loss < history[0].training_loss
    assert history[-1].learning_rate < rate


def test_bf16_where_there_is_a_unit_for_it(tmp_path: Path) -> None:
    assert small(replace(QUICK, precision="32", epochs=1), tmp_path / "whole").precision == "32"
    asked = replace(QUICK, precision="bf16", epochs=1)
    if computes_in_bf16():
        assert small(asked, tmp_path / "half").precision == "bf16"
    else:
        with pytest.raises(UsageError, match="does not compute in bf16"):
            small(asked, tmp_path / "half")


def test_uneven_genres_and_several_genres(tmp_path: Path) -> None:
    assert small(replace(QUICK, class_weights=True), tmp_path / "one").history
    whole, check = bands(48, 0), bands(24, 1)
    several = [replace(part, targets=np.eye(3, dtype=np.float32)[part.targets]) for part in (whole, check)]
    network = make_network("scope-net", 3, SHAPE, width=4, n_embedding=16)
    settings = replace(QUICK, label_smoothing=0.1, mixup=0.2, class_weights=True)
    fitted = fit(network, several[0], several[1], settings, tmp_path / "several", seed=0)
    assert fitted.history[-1].training_loss < fitted.history[0].training_loss
    assert answer(fitted.network, several[1]).sum(axis=1).std() > 0  # sigmoids, which need not sum to 1


def test_early_stopping_waits_for_its_patience(tmp_path: Path) -> None:
    fitted = small(replace(QUICK, epochs=50, patience=2, min_delta=2.0), tmp_path)
    assert len(fitted.history) == 3
    assert len(small(replace(QUICK, epochs=50, patience=2, min_delta=2.0), tmp_path, resume=True).history) == 3


KILLED = """
import sys, time
from dataclasses import replace
from pathlib import Path
from tests.training.test_fit import LONG, small
small(LONG, Path(sys.argv[1]))
"""

LONG = replace(QUICK, epochs=14, keep="last", ema=0.9, schedule="cosine", mask_time=0.2, mixup=0.2, label_smoothing=0.1)


def test_killed_and_resumed_it_ends_with_the_weights_of_an_unbroken_run(tmp_path: Path, project: Path) -> None:
    # As many threads as here: sums in another order are rounded differently.
    environment = {**os.environ, "PYTHONPATH": str(project), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path / "killed")], env=environment)
    while not has_result(tmp_path / "killed") and process.poll() is None:
        time.sleep(0.02)
    time.sleep(0.15)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(_keeper.read_checkpoint(tmp_path / "killed" / "last.ckpt")["history"])
    assert 1 <= before < 14
    resumed = small(LONG, tmp_path / "killed", resume=True)
    unbroken = small(LONG, tmp_path / "unbroken")
    assert len(resumed.history) == len(unbroken.history) == 14
    for name, weight in unbroken.network.state_dict().items():
        torch.testing.assert_close(resumed.network.state_dict()[name], weight, rtol=0, atol=0)
    assert [e.validation_loss for e in resumed.history] == [e.validation_loss for e in unbroken.history]


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    small(QUICK, tmp_path)
    with pytest.raises(UsageError, match=r"it has training\.batch_size 16; asked for is training\.batch_size 8"):
        small(replace(QUICK, batch_size=8), tmp_path, resume=True)
    with pytest.raises(UsageError, match="it has training part"):
        small(QUICK, tmp_path, resume=True, n=47)
    (tmp_path / "last.ckpt").write_bytes(b"damaged")
    with pytest.raises(ModelError, match=r"no checkpoint of a training run .* begin anew in another --out"):
        small(QUICK, tmp_path, resume=True)


def test_a_loss_that_is_no_number_stops_and_keeps_what_was_good(tmp_path: Path) -> None:
    examples = bands(48, 0)
    values = examples.inputs.batch(range(48))
    values[7, 0, 0] = np.nan
    broken = replace(examples, inputs=ArrayInputs(values))
    network = make_network("fma-crnn", 3, SHAPE)
    with pytest.raises(DivergedError, match=r"epoch 1, batch \d of 3: .*not finite: check the data"):
        fit(network, broken, None, replace(QUICK, keep="last"), tmp_path / "nan", seed=0)
    with pytest.raises(DivergedError, match="lower the learning_rate"):
        small(replace(QUICK, optimizer="sgd", learning_rate=1e18), tmp_path / "wild")


def with_nan(n: int, seed: int, row: int) -> Examples:
    examples = bands(n, seed)
    values = examples.inputs.batch(range(n))
    values[row, 0, 0] = np.nan
    return replace(examples, inputs=ArrayInputs(values))


@pytest.mark.parametrize("mixup", [0.0, 0.3])
def test_tracks_whose_input_is_no_number_are_named_alone(mixup: float, tmp_path: Path) -> None:
    network, settings = make_network("fma-crnn", 3, SHAPE), replace(QUICK, keep="last", mixup=mixup)
    with pytest.raises(DivergedError, match=r"\(tracks 0\.7\); .*nothing was learned, and nothing is kept"):
        fit(network, with_nan(48, 0, 7), None, settings, tmp_path, seed=0)


def test_where_the_validation_loss_is_no_number_is_said(tmp_path: Path) -> None:
    network = make_network("fma-crnn", 3, SHAPE)
    with pytest.raises(DivergedError, match=r"loss is nan in batch 2 of the validation part \(tracks 1\.20\)"):
        fit(network, bands(48, 0), with_nan(24, 1, 20), QUICK, tmp_path, seed=0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("network", ["scope-net", "fma-crnn"])
def test_weights_that_the_last_step_broke_are_not_kept(network: str, tmp_path: Path) -> None:
    settings = replace(QUICK, epochs=1, keep="last", optimizer="sgd", learning_rate=1e38)
    with pytest.raises(DivergedError, match=r"epoch 1: its last step left weights .*nothing is kept"):
        fit(make_network(network, 3, SHAPE), bands(16, 0), None, settings, tmp_path, seed=0)
    assert not has_result(tmp_path)


def test_a_later_epoch_that_breaks_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = ArrayInputs.batch
    seen: list[int] = []

    def breaks(inputs: ArrayInputs, indices: Indices) -> NDArray[Any]:
        seen.append(len(indices))
        return read(inputs, indices) * (np.nan if len(seen) > 2 else 1)

    monkeypatch.setattr(ArrayInputs, "batch", breaks)
    with pytest.raises(DivergedError, match=r"epoch 2, batch 1 .*weights of the last whole epoch are kept"):
        fit(make_network("fma-crnn", 3, SHAPE), bands(32, 0), None, replace(QUICK, keep="last"), tmp_path, seed=0)
    assert has_result(tmp_path)


@pytest.mark.parametrize("n", [16, 32])
def test_one_cycle_of_a_step_or_two_learns(n: int, tmp_path: Path) -> None:
    history = small(replace(QUICK, epochs=1, schedule="one-cycle"), tmp_path, n=n).history
    assert history[0].learning_rate == QUICK.learning_rate


def test_tensorboard_has_what_the_table_has(tmp_path: Path) -> None:
    history = small(replace(QUICK, epochs=2, schedule="cosine"), tmp_path / "run").history
    log = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    for name in ("training_loss", "training_accuracy", "validation_loss", "validation_accuracy", "learning_rate"):
        assert [one.value for one in log.Scalars(name)] == pytest.approx([getattr(e, name) for e in history], rel=1e-4)


def test_two_processes_learn_and_tell(tmp_path: Path) -> None:
    told: list[Progress] = []
    two = replace(QUICK, epochs=2, devices=2, ema=0.5)
    fitted = small(two, tmp_path / "good", tell=told.append)
    assert [epoch.epoch for epoch in fitted.history] == [1, 2]
    assert max(progress.batch for progress in told) == told[0].n_batches == 3
    assert len(told[-1].history) == 2
    with pytest.raises(DivergedError, match=r"^epoch 1, batch \d of 3: the loss is no number any more"):
        small(replace(two, optimizer="sgd", learning_rate=1e30), tmp_path / "wild")


def no_room(monkeypatch: pytest.MonkeyPatch, name: str, after: int) -> None:
    """Let a file of this name be written so many times, and no more."""
    written: list[Path] = []

    def full(path: str | Path, target: str | Path) -> None:
        written.extend([Path(target)] * (Path(target).name == name))
        if Path(target).name == name and len(written) > after:
            raise OSError(errno.ENOSPC, "No space left on device")
        Path(path).rename(target)

    monkeypatch.setattr(os, "replace", full)


def test_a_full_disk_leaves_figures_of_the_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(QUICK, monitor="loss")
    no_room(monkeypatch, "last.ckpt", 1)
    with pytest.warns(UserWarning, match=r"last\.ckpt could not be written after epoch 4 .*--resume cannot") as caught:
        fitted = small(settings, tmp_path)
    assert len(caught) == 1
    assert len(fitted.history) == 4
    best = fitted.history[fitted.best_epoch - 1]
    assert best.validation_loss == min(epoch.validation_loss or 0 for epoch in fitted.history)
    right = answer(fitted.network, bands(24, 1)).argmax(axis=1) == bands(24, 1).targets
    assert right.mean() == pytest.approx(best.validation_accuracy)
    assert fitted.best_epoch > 1
    no_room(monkeypatch, "best.pt", 0)  # going on from epoch 1 with its weights gone, and no room for others
    with pytest.raises(ModelError, match=r"not the weights of epoch 1.*Make room"):
        small(settings, tmp_path, resume=True)


def test_a_warning_is_words_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def printed(*told: Any) -> None:
        sys.stderr.write(warnings.formatwarning(*told[:4]))

    with warnings.catch_warnings():  # pytest takes a warning away before it is printed
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", printed)
        warn("last.ckpt could not be written.")
    assert capsys.readouterr().err == "genrescope: last.ckpt could not be written.\n"


def test_a_full_disk_leaves_the_older_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []

    def full(path: str | Path, target: str | Path) -> None:
        written.append(Path(target))
        if len(written) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        Path(path).rename(target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.warns(UserWarning, match="an earlier epoch is kept. Is the disk full"):
        fitted = small(replace(QUICK, keep="last"), tmp_path)
    assert len(fitted.history) == 1
    assert not list(tmp_path.glob(".*part"))


def one_genre() -> Examples:
    return replace(bands(12, 0), targets=np.zeros(12, dtype=np.int64))


@pytest.mark.parametrize(
    ("training", "validation", "changes", "words"),
    [
        (bands(12, 0), None, {}, "no validation part.*keep=last"),
        (bands(12, 0), None, {"keep": "last", "patience": 3}, "no validation part"),
        (one_genre(), bands(6, 1), {}, "all 12 training tracks are 'low'"),
        (bands(12, 0).take([]), bands(6, 1), {}, "holds no track"),
        (bands(12, 0), bands(6, 1, ("a", "b", "c")), {}, "their genres differ"),
        (
            replace(bands(12, 0), inputs=ArrayInputs(np.zeros((12, 40, 20)))),
            bands(6, 1),
            {},
            r"made for examples of shape \(40, 24\); the tracks' is \(40, 20\)",
        ),
    ],
)
def test_what_cannot_be_trained_is_said(
    training: Examples, validation: Examples | None, changes: dict[str, object], words: str, tmp_path: Path
) -> None:
    network = make_network("scope-net", len(LABELS), SHAPE, width=4, n_embedding=16)
    with pytest.raises(UsageError, match=words):
        fit(network, training, validation, replace(QUICK, **changes), tmp_path, seed=0)  # type: ignore[arg-type]


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="train first"):
        load_best(make_network("fma-crnn", 3, SHAPE), tmp_path)
    torch.save({"other": torch.zeros(1)}, tmp_path / "best.pt")
    with pytest.raises(ModelError, match="not this network's weights"):
        load_best(make_network("fma-crnn", 3, SHAPE), tmp_path)

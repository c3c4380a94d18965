"""The course of ``genrescope predict``: check everything, then answer file after file."""

import sys
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from genrescope.cli._formats import Format
from genrescope.cli._inputs import Inputs, expand
from genrescope.cli._lines import Answer, path_key, plain
from genrescope.cli._output import Sink, held_by, open_sink
from genrescope.cli._signals import in_one_piece
from genrescope.errors import AudioError, UsageError

if TYPE_CHECKING:
    from genrescope.cli._progress import Advance
    from genrescope.runtime.model import Model

INTERRUPTED = 130


@dataclass(frozen=True)
class Request:
    """The arguments of ``genrescope predict``, named as there; `timeline` is what is left of the wishes for one."""

    paths: list[str]
    model: str
    vocabulary: str
    top: int
    timeline: bool
    fast: bool
    workers: int | None
    recursive: bool
    form: Format
    out: Path | None
    resume: bool
    plot: Path | None


@dataclass
class Tally:
    """What became of the files."""

    answered: int = 0
    failed: int = 0

    def count(self, answer: Answer) -> None:
        """Count an answer or an error."""
        if isinstance(answer, AudioError):
            self.failed += 1
        else:
            self.answered += 1


def run(request: Request) -> int:
    """Answer what was asked.

    Returns
    -------
    int
        The exit code: 0 all answered, 1 at least one file failed, 130 interrupted.

    Raises
    ------
    GenrescopeError
        For wrong use, before anything is written.
    """
    _check(request)
    inputs = expand(request.paths, recursive=request.recursive)
    tell_inputs(inputs)
    if not inputs.items:
        return 1
    model = _load(request)
    todo = _left_to_do(request, inputs, model)
    tally, interrupted = Tally(failed=len(inputs.complaints)), False
    with closing(_sink(request, inputs, model)) as sink:
        try:
            _answer_all(request, model, todo, sink, tally)
        except KeyboardInterrupt:
            interrupted = True
    _summary(request, tally, n_asked=len(todo), n_held=len(inputs.items) - len(todo), interrupted=interrupted)
    if interrupted:
        return INTERRUPTED
    return 1 if tally.failed else 0


def tell(message: str) -> None:
    """Say something beside the answer, on standard error."""
    sys.stderr.write(f"genrescope: {plain(message)}\n")
    sys.stderr.flush()


def tell_inputs(inputs: Inputs) -> None:
    """Say what of the named things is not answered with a line."""
    for complaint in inputs.complaints:
        tell(complaint)
    if inputs.skipped:
        tell(f"{inputs.skipped} file{'s' * (inputs.skipped != 1)} in folders skipped: not audio.")
    if not inputs.items and not inputs.complaints:
        tell("standard input named no file.")


def _check(request: Request) -> None:
    if request.resume and request.out is None:
        raise UsageError("--resume goes on with a file; say with --out which one.")
    if request.form is Format.PARQUET:
        from genrescope.cli._parquet import need_pyarrow

        need_pyarrow()
    if request.plot is not None:
        from genrescope.cli._plot import check_plot

        if not request.timeline:
            raise UsageError("--plot draws the course over time, and --fast and --no-timeline leave it out.")
        check_plot(request.plot)


def _load(request: Request) -> "Model":
    from genrescope.loading import load_model

    model = load_model(request.model)
    model.card.vocabulary_labels(request.vocabulary)  # an unknown vocabulary is wrong use, and said at once
    return model


def _left_to_do(request: Request, inputs: Inputs, model: "Model") -> list[str | AudioError]:
    if not request.resume or request.out is None:
        return inputs.items
    asked = (model.name, request.vocabulary)
    held = held_by(request.form, request.out, inputs.paths, asked, request.top)
    return [item for item in inputs.items if not (isinstance(item, str) and path_key(item) in held)]


def _sink(request: Request, inputs: Inputs, model: "Model") -> Sink:
    if request.form is Format.PEOPLE:
        from genrescope.cli._terminal import PeopleSink

        return PeopleSink(model.card.vocabulary_labels(request.vocabulary), request.top, single=len(inputs.items) == 1)
    return open_sink(request.form, request.out, inputs.paths, request.top, resume=request.resume)


def _answer_all(request: Request, model: "Model", todo: Sequence[str | AudioError], sink: Sink, tally: Tally) -> None:
    from genrescope.cli._progress import Advance

    advance = Advance([item for item in todo if isinstance(item, str)])
    plots = _plot_names(request, len(todo))
    with advance.shown(), closing(_answers(request, model, todo, advance)) as answers:
        for number, answer in enumerate(answers):
            with advance.aside(), in_one_piece():
                sink.write(answer)
                tally.count(answer)
                _say_failure(request, answer)
            if plots:
                _plot(answer, plots[number])
            advance.step(answer.path)


def _answers(
    request: Request, model: "Model", todo: Sequence[str | AudioError], advance: "Advance"
) -> Generator[Answer]:
    """Yield one answer for every item, in order: those of the model, and the errors that were there before."""
    paths = [item for item in todo if isinstance(item, str)]
    workers = request.workers or _default_workers(len(paths))
    if workers is None:
        yield from (item if isinstance(item, AudioError) else _alone(request, model, item, advance) for item in todo)
        return
    heard = model.predict_many(
        paths,
        workers=workers,
        vocabulary=request.vocabulary,
        timeline=request.timeline,
        fast=request.fast,
    )
    with closing(heard):
        for item in todo:
            yield item if isinstance(item, AudioError) else next(heard)


def _alone(request: Request, model: "Model", path: str, advance: "Advance") -> Answer:
    """Answer a file in this process, telling how far it is."""
    try:
        return model.predict(
            path,
            vocabulary=request.vocabulary,
            timeline=request.timeline,
            fast=request.fast,
            on_heard=partial(advance.within, path),
        )
    except AudioError as error:
        return error


def _default_workers(n_files: int) -> int | None:
    """One song is answered here; several by processes of their own, so that no file can bring down the others."""
    from genrescope.runtime.session import available_cores

    return min(available_cores(), n_files) if n_files > 1 else None


def _say_failure(request: Request, answer: Answer) -> None:
    """Say on standard error what standard output does not show."""
    if isinstance(answer, AudioError) and (request.out is not None or request.form is Format.JAMS):
        tell(f"{answer.path}: {answer.kind}: {answer.message}")


def _plot_names(request: Request, n_songs: int) -> list[Path]:
    if request.plot is None:
        return []
    from genrescope.cli._plot import plot_names

    return plot_names(request.plot, n_songs)


def _plot(answer: Answer, target: Path) -> None:
    from genrescope.cli._plot import save_plot

    if not isinstance(answer, AudioError):
        save_plot(answer, target)
        tell(f"drawn: {target}")


def _summary(request: Request, tally: Tally, *, n_asked: int, n_held: int, interrupted: bool) -> None:
    if not interrupted and request.out is None and n_asked == 1:
        return
    n_done = tally.answered + tally.failed
    words = [f"{tally.answered} answered"]
    words += [f"{tally.failed} failed"] * bool(tally.failed)
    words += [f"{n_held} already there"] * bool(n_held)
    words += [f"written to {request.out}"] * bool(request.out)
    if interrupted:
        words += [f"interrupted with {max(0, n_asked - n_done)} left"]
        words += ["go on with --resume"] * bool(request.out)
    if interrupted or request.out is not None or request.form is Format.PEOPLE:
        tell(", ".join(words) + ".")

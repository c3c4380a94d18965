r"""The process that hears: it reads what no one vouches for, and says what it found as lines of JSON.

It speaks with the service over a pipe in bytes, never in pickles: whatever a decoder may be tricked into, the service
reads text from here. A message is ``TAG FACT\n`` and a body.
"""

import multiprocessing
import os
import signal
import threading
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from genrescope.audio.stream import Limits
from genrescope.errors import AudioError, GenrescopeError, UsageError
from genrescope.records import Timeline
from genrescope.serve.answers import error_json, to_json
from genrescope.serve.settings import ServeSettings

if TYPE_CHECKING:
    from genrescope.runtime.model import Model

READY, FAILED, LINE, ANSWER, ERROR = "ready", "failed", "line", "answer", "error"
"""Tags: the models are open (their cards), or cannot be; a line of a stream; the answer (fact: seconds of sound); an
error (fact: its kind)."""


@dataclass(frozen=True)
class Job:
    """What is asked about an upload.

    Attributes
    ----------
    name : str
        What the client calls it.
    model, vocabulary : str
        Who answers, in whose words.
    top : int
        How many genres.
    timeline : bool
        Whether the course over time is part of the answer.
    streamed : bool
        Whether it is also said piece by piece.
    """

    name: str
    model: str
    vocabulary: str
    top: int
    timeline: bool
    streamed: bool


def work(connection: Connection, settings: ServeSettings, threads: int) -> None:
    """Open the models, then hear upload after upload until the service goes."""
    # Ctrl-C and the end of a unit reach every process of a group; the service tells this one itself, by going.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        models = _open_models(settings.models, threads)
    except GenrescopeError as error:
        _say(connection, FAILED, "", str(error).encode())
        return
    _limit_memory(settings.memory_mib)
    _say(connection, READY, "", to_json([model.card.to_metadata() for model in models.values()]))
    while True:
        try:
            job = Job(**connection.recv())  # the service's own words
        except EOFError:
            return
        descriptor = reduction.recv_handle(connection)
        try:
            _hear(connection, models, job, f"/dev/fd/{descriptor}", settings)
        finally:
            os.close(descriptor)


def _open_models(names: tuple[str, ...], threads: int) -> dict[str, "Model"]:
    from genrescope.loading import load_model

    models: dict[str, Model] = {}
    for name in names:
        model = load_model(name, threads=threads)
        if model.name in models:
            raise UsageError(f"two of the models are called '{model.name}'; clients could not tell them apart.")
        models[model.name] = model
    return models


def _hear(connection: Connection, models: dict[str, "Model"], job: Job, path: str, settings: ServeSettings) -> None:
    """Say everything about one upload; the last message is the answer or the error."""
    try:
        prediction = models[job.model].predict(
            path,
            vocabulary=job.vocabulary,
            timeline=job.timeline,
            limits=Limits(settings.max_duration_s, settings.max_wall_s),
            on_heard=partial(_say_heard, connection) if job.streamed else None,
            on_windows=partial(_say_windows, connection) if job.streamed and job.timeline else None,
        )
    except AudioError as error:
        message = _in_our_words(error, settings)
        _say(connection, ERROR, error.kind, error_json(job.name, error.kind, message))
        return
    except MemoryError:
        message = "reading it takes more memory than this service gives; send a shorter part of it."
        _say(connection, ERROR, "too_large", error_json(job.name, "too_large", message))
        return
    answer = replace(prediction, path=job.name).to_dict(job.top)
    kind = {"kind": "prediction"} if job.streamed else {}
    _say(connection, ANSWER, f"{prediction.duration_s:.3f}", to_json(kind | answer))


def _in_our_words(error: AudioError, settings: ServeSettings) -> str:
    """Say the limits as those of the service: a client cannot raise them."""
    if error.kind == "too_large":
        return f"it lasts longer than the {settings.max_duration_s / 3600:g} h that this service hears; send a part."
    if error.kind == "timeout":
        return f"reading it took more than the {settings.max_wall_s:g} s that this service gives; see whether it plays."
    return error.message


def _say_heard(connection: Connection, heard_s: float, claimed_s: float | None) -> None:
    duration_s = None if claimed_s is None else round(claimed_s, 3)
    heard_s = round(heard_s if duration_s is None else min(heard_s, duration_s), 3)
    _say(connection, LINE, "", to_json({"kind": "progress", "heard_s": heard_s, "duration_s": duration_s}))


def _say_windows(connection: Connection, piece: Timeline) -> None:
    _say(connection, LINE, "", to_json({"kind": "windows"} | piece.to_dict()))


def _say(connection: Connection, tag: str, fact: str, body: bytes) -> None:
    connection.send_bytes(f"{tag} {fact}\n".encode() + body)


def _leave_with_parent() -> None:
    """End with the service, however it ends, even in the middle of a file."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _limit_memory(room_mib: float) -> None:
    """Let this process ask for no more than it has now and so much more, where the system can tell and hold it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            held_bytes = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except FileNotFoundError:
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = held_bytes + int(room_mib * 2**20)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))

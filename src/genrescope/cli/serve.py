"""``genrescope serve``: the page and the API."""

import os
from typing import Annotated

import typer

from genrescope.errors import MissingExtraError, UsageError


def serve(  # noqa: PLR0917 - a verb has the options of its contract
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes one that is free.")] = 8765,
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE|NAME", help="A model to serve; again, or 'A,B', for more. [default: bundled]"),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Songs heard at once. [default: one a core, 2 to 8]", show_default=False)
    ] = None,
    queue: Annotated[int, typer.Option(min=0, help="Requests that may wait; more are told to come back.")] = 64,
    max_upload_mib: Annotated[float, typer.Option(help="Largest upload, in MiB.")] = 512,
    max_duration_s: Annotated[float, typer.Option(help="Longest sound, in seconds.")] = 14400,
    max_wall_s: Annotated[float, typer.Option(help="Longest time that hearing one song may take, in seconds.")] = 600,
) -> None:
    """Serve the page and the API.

    Example:  genrescope serve  and then  curl -F file=@song.mp3 http://127.0.0.1:8765/v1/predict
    """
    if os.name != "posix":
        raise UsageError("serve needs Linux or macOS; on Windows run it in WSL or in a container (docs/serving.md).")
    try:
        from genrescope.serve.server import open_socket
        from genrescope.serve.server import serve as serve_until_stopped
        from genrescope.serve.settings import ServeSettings, default_workers
    except ModuleNotFoundError as cause:
        raise MissingExtraError("serve", "serve") from cause
    settings = ServeSettings(
        models=model_names(model),
        workers=workers or default_workers(),
        queue=queue,
        max_upload_mib=max_upload_mib,
        max_duration_s=max_duration_s,
        max_wall_s=max_wall_s,
    )
    serve_until_stopped(settings, open_socket(host, port), lambda words: typer.echo(f"genrescope: {words}"))


def model_names(given: list[str] | None) -> tuple[str, ...]:
    """Return the models that are meant: 'A,B' names two, and a file's name may have a comma.

    Examples
    --------
    >>> model_names(["bundled,yamnet", "mine.onnx"])
    ('bundled', 'yamnet', 'mine.onnx')
    """
    names: list[str] = []
    for item in given or ["bundled"]:
        names += [item] if os.path.exists(item) else [part.strip() for part in item.split(",") if part.strip()]
    return tuple(dict.fromkeys(names))

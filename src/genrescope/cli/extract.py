"""``genrescope extract``: a feature of every track of a data set, in a store that opens at once."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from genrescope.errors import UsageError


def extract(  # noqa: PLR0913, PLR0917 - a verb has the options of its contract
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set from 'data list'.")],
    root: Annotated[Path, typer.Option(metavar="DIR", help="Where the data set lies.")],
    feature: Annotated[
        str,
        typer.Option(
            metavar="FEATURE[:PRESET]",
            help="fma518, image, logmel, mfcc, tempo, tempogram or waveform; with a preset as in logmel:vggish; a "
            "wrong name says which there are.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="STORE", help="The folder to fill, or to bring up to date.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of the feature; more than once.")
    ] = None,
    dtype: Annotated[
        str, typer.Option(metavar="float32|float16|uint8", help="How to store the numbers; the loss is measured.")
    ] = "float32",
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes that work at once.")] = None,
    work: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where 'data check' left its list of tracks to pass over.")
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try files again that failed and did not change.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say at the end as one JSON object what was done.")] = False,
) -> None:
    """Compute a feature of every track of a data set.

    Stopped at any moment, the same command goes on; run again, it computes only files that are new or changed.

    Example:  genrescope extract gtzan --root music/gtzan --feature logmel:vggish --out gtzan.logmel
    """
    from genrescope.cli._extract import Request, run

    request = Request(name, root, feature, parse_settings(settings or []), out, dtype, workers, work, retry, as_json)
    raise typer.Exit(run(request))


def parse_settings(pairs: list[str]) -> dict[str, Any]:
    """Read ``key=value`` pairs: numbers, true, false, null and lists as in JSON, anything else as text.

    Examples
    --------
    >>> parse_settings(["n_mels=64", "scale=htk", "center=false"])
    {'n_mels': 64, 'scale': 'htk', 'center': False}
    """
    settings: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key.isidentifier():
            raise UsageError(f"--set {pair}: a setting is written key=value, for example  --set n_mels=64.")
        if key in settings:
            raise UsageError(f"--set {pair}: {key} is set twice; leave one out.")
        settings[key] = _value(text)
    return settings


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return tuple(value) if isinstance(value, list) else value

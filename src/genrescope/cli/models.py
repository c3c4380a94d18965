"""``genrescope models list|show|get``: the models that are here, their cards, and the ones that can be fetched."""

import json
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from genrescope.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from genrescope.card import ModelCard

app = typer.Typer(no_args_is_help=True, help="The models that are here, what they say of themselves, and more to get.")

FETCHABLE = ("yamnet", "musicnn")
"""Published networks that are not ours to ship and that ``models get`` fetches."""


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, one line a model.")] = False,
) -> None:
    """List the models that can be named with --model: the bundled one and those installed."""
    from genrescope.runtime.model import list_models

    known = list_models()
    if as_json:
        for model in known:
            typer.echo(json.dumps(model))
        return
    _print_table(known)


@app.command()
def show(
    model: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A model file, or a name from 'models list'.")],
    as_json: Annotated[bool, typer.Option("--json", help="The card as one JSON object.")] = False,
) -> None:
    """Print a model's card: what it knows, how well, from what, and under which licence."""
    from genrescope.runtime.names import read_card

    card = read_card(model)
    typer.echo(json.dumps(asdict(card), ensure_ascii=False) if as_json else card_text(card))


@app.command()
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"What to get: {', '.join(FETCHABLE)}.")],
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="PATH", help="A copy on this machine instead of the published place."),
    ] = None,
) -> None:
    """Make a published network that does not ship with genrescope a model that can be named.

    Example:  genrescope models get musicnn --from musicnn-0.1.0-py3-none-any.whl
    """
    if name not in FETCHABLE:
        raise UsageError(f"there is no '{name}' to get; there is: {', '.join(FETCHABLE)}.")
    from genrescope.runtime.names import models_folder

    try:
        install = import_module(f"genrescope.pretrained.{name}").install
    except ModuleNotFoundError as cause:
        raise MissingExtraError(f"'models get {name}'", "train") from cause
    typer.echo(f"{name}: {install(source, models_folder())}")


def _feature(card: "ModelCard") -> str:
    """Say what a model takes that does not take the sound itself."""
    if not card.features:
        return ""
    return f"{card.front_end} ({_pairs({key: value for key, value in card.features.items() if key != 'columns'})})"


def _hears(card: "ModelCard") -> str:
    rate = f"{card.sample_rate_hz} Hz" if card.sample_rate_hz else "each file at its own rate"
    return f"{rate}, {f'{card.window_s:g} s at a time, every {card.hop_s:g} s' if card.window_s else 'a whole track'}"


def card_text(card: "ModelCard") -> str:
    """Say a model's card for people."""
    facts = {
        "genres": f"{len(card.labels)}: {', '.join(card.labels)}",
        "vocabularies": ", ".join(["native", *card.vocabularies]),
        "takes": _feature(card),
        "hears": _hears(card),
        "unsure": f"where its best confidence is below {card.unsure_below:.2f}",
        "embedding": f"{card.embedding_size} numbers a window" if card.embedding_size else "",
        "calibration": _pairs(card.calibration),
        "learned from": _pairs(card.data),
        "made by": card.recipe,
        "licence": card.licence,
    }
    lines = [card.name, *(f"  {name:<13} {fact}" for name, fact in facts.items() if fact)]
    for score in card.scores:
        interval = f"95 % interval {score.low:.3f} to {score.high:.3f}, n = {score.n}"
        lines.append(f"  {score.name:<13} {score.value:.3f} ({interval}; {score.note})")
    return "\n".join(lines + ([f"\n{card.notices.strip()}"] if card.notices.strip() else []))


def _pairs(facts: dict[str, object]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in facts.items())


def _print_table(known: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from genrescope.cli._lines import plain

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("name", "genres", "licence", "where"):
        table.add_column(heading, overflow="fold")
    for model in known:
        genres, licence = (str(model[key] or "-") for key in ("genres", "licence"))
        table.add_row(*(Text(plain(cell)) for cell in (str(model["name"]), genres, licence, str(model["where"]))))
        if model["problem"]:
            typer.echo(f"genrescope: {model['problem']}", err=True)
    Console(highlight=False, soft_wrap=True).print(table)

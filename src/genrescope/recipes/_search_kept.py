"""What a search was begun with: it is kept beside its trials, so that trials of two searches are never compared."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genrescope.errors import UsageError
from genrescope.recipes._base import Recipe
from genrescope.recipes.networks import resolved
from genrescope.training.examples import Examples
from genrescope.training.fit_settings import fit_settings

if TYPE_CHECKING:
    import optuna

STORAGE = "search.db"

N_LOOKED_AT = 16
"""So many examples of a part stand for the numbers of all, which may be gigabytes."""

_TABLES = ("input_settings", "model_settings", "training")


def begun(recipe: Recipe, parts: Mapping[str, Examples], ranges: Mapping[str, str], seed: int) -> dict[str, Any]:
    """Return what must be the same in every call of a search, as JSON has it.

    Parameters
    ----------
    recipe : Recipe
        What is trained, with values that go together; defaults count too, but not what is drawn anyway.
    parts : mapping of str to Examples
        ``training`` and ``validation``.
    ranges : mapping of str to str
        What is drawn, each in words.
    seed : int
        Of draws and trainings.
    """
    whole = resolved(recipe, fit_settings(recipe.training))
    said: dict[str, Any] = {"recipe": recipe.name, "input": recipe.input, "model": recipe.model}
    said |= {f"{table}.{key}": value for table in _TABLES for key, value in getattr(whole, table).items()}
    said = {key: value for key, value in said.items() if key not in ranges}
    said |= {"data": parts["training"].data, "genres": parts["training"].labels}
    said |= {f"{name} part": _fingerprint(parts[name]) for name in ("training", "validation")}
    said |= {"seed": seed, **{f"range of {key}": text for key, text in ranges.items()}}
    plain: dict[str, Any] = json.loads(json.dumps(said, default=str))
    return plain


def _fingerprint(part: Examples) -> str:
    """Return hex digits of tracks, genres and some numbers: another table may hold other numbers of the same tracks."""
    rows = np.unique(np.linspace(0, len(part) - 1, N_LOOKED_AT).astype(np.int64))
    digest = hashlib.sha256(part.fingerprint.encode())
    for row in rows:  # one by one: they may differ in length
        digest.update(np.ascontiguousarray(part.inputs.batch([row])).tobytes())
    return digest.hexdigest()[:16]


def storage(out: Path) -> str:
    """Return where optuna keeps a folder's search."""
    return f"sqlite:///{(out / STORAGE).absolute()}"


def kept_study(out: Path, name: str) -> "optuna.Study | None":
    """Return the search of a recipe that a folder holds, if it holds one.

    Raises
    ------
    UsageError
        It holds one of another recipe, whose runs would be written over.
    """
    import optuna

    if not (out / STORAGE).exists():
        return None
    names = optuna.get_all_study_names(storage(out))
    others = [other for other in names if other != name]
    if others:
        raise UsageError(
            f"{out}: this folder holds a search of the recipe {', '.join(others)}; now asked for is {name}: "
            "name another --out."
        )
    return optuna.load_study(storage=storage(out), study_name=name) if names else None


def check_same(study: "optuna.Study", now: Mapping[str, Any], out: Path) -> None:
    """Raise UsageError where a search that has trials was begun with anything else."""
    if not study.trials:
        return
    before = study.user_attrs.get("begun")
    if before is None:
        raise UsageError(
            f"{out}: this folder holds a search of an older genrescope, which did not keep what it was begun with: "
            "name another --out."
        )
    both = {**before, **now}
    differ = [key for key in both if before.get(key) != now.get(key) and f"range of {key}" not in both]
    if differ:
        told = "; ".join(f"{key} was {_words(before.get(key))}, now {_words(now.get(key))}" for key in differ)
        raise UsageError(
            f"{out}: this folder holds another search ({told}). Its trials are not to be compared with these: name "
            "another --out, or ask for what it was begun with."
        )


def _words(value: object) -> str:
    return "not said" if value is None else str(value)

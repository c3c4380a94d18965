"""What a recipe is, and how its file is read: an unknown key is an error that names the nearest."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from genrescope.errors import UsageError
from genrescope.features._settings import nearest
from genrescope.models.classic import CLASSIFIERS, FMA_AUTHORS, Classifier
from genrescope.training.fit_settings import FitSettings

FOLDER = Path(__file__).parent
"""The recipes that come with genrescope."""

Kind = Literal["network", "classifier"]


@dataclass(frozen=True)
class Recipe:
    """An experiment, as its file has it; everything that is not said is the default of what it configures.

    Attributes
    ----------
    name : str
        Its file's name.
    kind : {"network", "classifier"}
        Whether it is trained in epochs or fitted at once.
    report : str
        The slug of the report that it comes from, or ``ours``.
    line : str
        What it is, in one line.
    input : str
        A feature, ``NAME`` or ``NAME:PRESET``; or ``embedding:MODEL``.
    model : str
        A network of `genrescope.models.catalogue`, or a classifier of `genrescope.models.classic`.
    split : str
        The way of splitting that the report used, where none is asked for.
    genres : tuple of str
        Only these; empty means all.
    input_settings, model_settings, training : mapping
        What differs from the defaults of the feature, the model and the training.
    reported : mapping of str to float or str
        Figures of the report, such as ``test_accuracy``.
    note : str
        What a reader of the result must know.
    """

    name: str
    kind: Kind
    report: str
    line: str
    input: str
    model: str
    split: str = "official"
    genres: tuple[str, ...] = ()
    input_settings: Mapping[str, Any] = field(default_factory=dict)
    model_settings: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    reported: Mapping[str, float | str] = field(default_factory=dict)
    note: str = ""


_TABLES = ("input_settings", "model_settings", "training", "reported")
_NEEDED = ("kind", "report", "line", "input", "model")
_CHANGED = ("input", "model", "split", "genres")


def recipe_names(folder: Path = FOLDER) -> list[str]:
    """Return the names of all recipes that have a file, in the alphabet's order."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def classifier_names() -> list[str]:
    """Return the classifiers that are recipes by their own names: all but those that have a file or draw."""
    return [name for name in CLASSIFIERS if name not in {*recipe_names(), "stratified"}]


def _of_classifier(classifier: Classifier) -> Recipe:
    """Return a classifier as a recipe; of a table it takes the numbers that are there."""
    report = "vggish-transfer" if classifier.source == FMA_AUTHORS else "ours"
    return Recipe(classifier.name, "classifier", report, classifier.line, "fma518", classifier.name)


def read_recipe(name: str | Path) -> Recipe:
    """Read a recipe by its name, which may be a classifier's, or from a file of somebody's own.

    Raises
    ------
    UsageError
        There is none of that name, or its file cannot be read or says something that no recipe has.
    """
    if str(name) in classifier_names():
        return _of_classifier(CLASSIFIERS[str(name)])
    path = Path(name) if str(name).endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        known = [*recipe_names(), *classifier_names()]
        raise UsageError(f"there is no recipe {str(name)!r}: {nearest(str(name), known)}") from cause
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise UsageError(f"{path}: the recipe cannot be read ({cause}).") from cause
    return _checked(path, said)


def _checked(path: Path, said: dict[str, Any]) -> Recipe:
    known = [item.name for item in fields(Recipe) if item.name != "name"]
    for key, value in said.items():
        if key not in known:
            raise UsageError(f"{path}: a recipe has no {key!r}: {nearest(key, known)}")
        _check_type(str(path), key, value)
    missing = [key for key in _NEEDED if key not in said]
    if missing:
        raise UsageError(f"{path}: a recipe says its {', '.join(missing)}.")
    if said["kind"] not in get_args(Kind):
        raise UsageError(f"{path}: kind is one of {', '.join(get_args(Kind))}; got {said['kind']!r}.")
    training = {key: _in_type(key, value, str(value)) for key, value in said.get("training", {}).items()}
    return Recipe(path.stem, **(said | {"genres": tuple(said.get("genres", ())), "training": training}))


def _check_type(where: str, key: str, value: Any) -> None:
    """Raise UsageError where a recipe's key has a value of a kind that it cannot have."""
    if isinstance(value, dict) is not (key in _TABLES):
        raise UsageError(f"{where}: {key} is {'a table' if key in _TABLES else 'no table'}; got {value!r}.")
    if key == "genres":
        if not isinstance(value, list) or not all(isinstance(genre, str) for genre in value):
            raise UsageError(f'{where}: genres is a list of names, such as ["Jazz", "Rock"]; got {value!r}.')
    elif key == "reported":
        for name, figure in value.items():
            if isinstance(figure, bool) or not isinstance(figure, float | int | str):
                raise UsageError(f"{where}: reported.{name} is a number or text; got {figure!r}.")
    elif key not in _TABLES and not isinstance(value, str):
        raise UsageError(f'{where}: {key} is text in quotes, such as  {key} = "..."; got {value!r}.')


def changed(recipe: Recipe, changes: Iterable[str]) -> Recipe:
    """Return a recipe with ``--set`` changes, such as ``training.epochs=3`` or ``input=image``.

    Raises
    ------
    UsageError
        A change is not of the form ``KEY=VALUE``, or names nothing that a recipe has.
    """
    for change in changes:
        key, sign, text = change.partition("=")
        if not sign or not key:
            raise UsageError(f"--set takes KEY=VALUE, such as  training.epochs=3;  got {change!r}.")
        recipe = _with(recipe, key.strip(), text.strip())
    return recipe


def _with(recipe: Recipe, key: str, text: str) -> Recipe:
    table, dot, inner = key.partition(".")
    value = _value(text)
    change: dict[str, Any] = {}
    if dot and table in _TABLES:
        value = _in_type(inner, value, text) if table == "training" else value
        _check_type("--set", table, {inner: value})
        change[table] = {**getattr(recipe, table), inner: value}
    elif table == key and key in _CHANGED:
        change[key] = _genres(value, text) if key == "genres" else value if isinstance(value, str) else text
    if change:
        return replace(recipe, **change)
    known = [*_CHANGED, *(f"{name}.KEY" for name in _TABLES)]
    raise UsageError(f"--set knows no {key!r}: {nearest(key, known)}")


def _value(text: str) -> Any:
    """Read a value as TOML has it; what is none is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _in_type(key: str, value: Any, text: str) -> Any:
    """Return the value of a training's setting; its text where the setting takes that: ``precision=32`` is a name."""
    hint = get_type_hints(FitSettings).get(key)
    hints = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    choices = [choice for one in hints if get_origin(one) is Literal for choice in get_args(one)]
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return text if plain and (text in choices or set(hints) <= {str, type(None)}) else value


def _genres(value: Any, text: str) -> tuple[str, ...]:
    """Return the genres of ``--set``: names with commas between, or a list as TOML has it; nothing means all."""
    if isinstance(value, list):
        _check_type("--set", "genres", value)
        return tuple(value)
    said = value if isinstance(value, str) else text
    return tuple(genre.strip() for genre in said.split(",")) if said else ()

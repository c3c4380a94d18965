"""From names and values, as a recipe or a command line has them, to settings that are checked."""

import types
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from genrescope.errors import UsageError


def nearest(name: str, known: list[str]) -> str:
    """Return the words that point from a wrong name to the right one."""
    near = get_close_matches(name, known, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{hint}there is: {', '.join(known)}."


def with_values(what: str, base: Any, values: dict[str, Any]) -> Any:
    """Return settings with some values changed, each of the type that it must have.

    Parameters
    ----------
    what : str
        Whose settings they are, for messages.
    base : dataclass instance
        The settings to begin with.
    values : dict
        The changes. A whole number is taken for a float; text is not taken for a number.

    Raises
    ------
    UsageError
        A key that is not known, or a value that does not fit.
    """
    hints = get_type_hints(type(base))
    for key in values:
        if key not in hints:
            raise UsageError(f"{what} has no setting {key!r}: {nearest(key, list(hints))}")
    return replace(base, **{key: _fitting(f"{what}: {key}", hints[key], value) for key, value in values.items()})


def _fitting(what: str, hint: Any, value: Any) -> Any:
    for one in _choices(hint):
        if one is float and isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if get_origin(one) is Literal:
            if any(value == choice and type(value) is type(choice) for choice in get_args(one)):
                return value
        elif isinstance(value, one) and not (one is int and isinstance(value, bool)):
            return value
    raise UsageError(f"{what} is {_words(hint)}; got {value!r}.")


def _choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in {Union, types.UnionType} else (hint,)


def _words(hint: Any) -> str:
    """Say a type for people."""
    names = {int: "a whole number", float: "a number", str: "text", bool: "true or false", type(None): "null"}
    words = []
    for one in _choices(hint):
        words += (
            [repr(choice) for choice in get_args(one)] if get_origin(one) is Literal else [names.get(one, str(one))]
        )
    return " or ".join(words)

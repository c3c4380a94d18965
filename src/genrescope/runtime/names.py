"""Where models live, and what they are called."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from genrescope.card import ModelCard
from genrescope.errors import ModelError
from genrescope.runtime.session import check_model, read_model_file

BUNDLED = "bundled"
"""The name of the model that comes with genrescope."""

FOLDER_VARIABLE = "GENRESCOPE_MODELS"
"""Environment variable that names another folder of installed models."""

_SUFFIX = ".onnx"


def models_folder() -> Path:
    """Return the folder of installed models; it need not exist."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("genrescope")) / "models"


def find_model(path_or_name: str | Path) -> tuple[Path, ...]:
    """Return the file of a model, or the files of an ensemble.

    Parameters
    ----------
    path_or_name : str or Path
        A path to an ``.onnx`` file; ``bundled``; the name of an installed model; or several joined by ``+``.

    Raises
    ------
    ModelError
        Where there is no such model; the message names those that there are.
    """
    if isinstance(path_or_name, Path):
        return (path_or_name,)
    known = _known()
    if path_or_name in known:
        return (known[path_or_name],)
    if _is_path(path_or_name):
        return (Path(path_or_name),)
    if "+" in path_or_name:
        return tuple(path for name in path_or_name.split("+") for path in find_model(name.strip()))
    meant, there = _meant(path_or_name, known), ", ".join(known)
    raise ModelError(f"there is no model '{path_or_name}'{meant}; there is: {there}, or name an .onnx file.")


def read_card(path_or_name: str | Path) -> ModelCard:
    """Return the card of a model or an ensemble, without opening its graph; ModelError where it cannot be read."""
    from genrescope.runtime.ensemble import joint_card

    cards = [check_model(read_model_file(path), str(path)) for path in find_model(path_or_name)]
    return cards[0] if len(cards) == 1 else joint_card(cards)


def list_models() -> list[dict[str, object]]:
    """Return the models that can be named, the bundled one first.

    Returns
    -------
    list of dict
        ``name``, ``where`` (the file), ``genres`` (how many), ``licence``, and ``problem``: None, or why the file
        cannot be used; it then has None for the two before.
    """
    return [_entry(name, path) for name, path in _known().items()]


def _meant(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name.casefold(), known, n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""


def _entry(name: str, path: Path) -> dict[str, object]:
    entry: dict[str, object] = {"name": name, "where": str(path), "genres": None, "licence": None, "problem": None}
    try:
        card = check_model(read_model_file(path), str(path))
    except ModelError as error:
        return entry | {"problem": str(error)}
    return entry | {"genres": len(card.labels), "licence": card.licence}


def _known() -> dict[str, Path]:
    bundled = Path(str(files("genrescope"))) / "assets" / f"{BUNDLED}{_SUFFIX}"
    installed = {path.stem: path for path in sorted(models_folder().glob(f"*{_SUFFIX}"))}
    return {BUNDLED: bundled} | {name: path for name, path in installed.items() if name != BUNDLED}


def _is_path(text: str) -> bool:
    """Tell a path from a name; a ``+`` inside an existing file's name does not make it two."""
    looks_like_one = "+" not in text and (text.endswith(_SUFFIX) or os.sep in text or (os.altsep or os.sep) in text)
    return looks_like_one or Path(text).is_file()

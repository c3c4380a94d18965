"""Write the page as a static site: it predicts in the browser, from any folder of any file server."""

import gzip
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from genrescope.card import IN_GRAPH, ModelCard
from genrescope.errors import ModelError, UsageError
from genrescope.runtime.names import BUNDLED, find_model
from genrescope.runtime.session import check_model, read_model_file

ASSETS = Path(__file__).parent / "assets"
"""Where the build puts the page; what is large lies there as ``NAME.gz``."""

SITE_FILE = "site.json"
"""What tells the page which models lie beside it, and us that a folder is a site of ours."""

SERVER_ENGINE = '<meta name="genrescope-engine" content="server" />'

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
"""The page's own Content-Security-Policy: nothing is asked of any other place."""


@dataclass(frozen=True)
class Site:
    """What was written.

    Attributes
    ----------
    folder : Path
        Where it lies.
    models : tuple of str
        The models' names, as the page shows them.
    n_files, n_bytes : int
        How many files, and their size together.
    """

    folder: Path
    models: tuple[str, ...]
    n_files: int
    n_bytes: int


def write_site(out: Path, models: Sequence[str | Path] = (BUNDLED,), assets: Path = ASSETS) -> Site:
    """Write the page, its examples and models as static files.

    The folder is written beside its place and moved there when it is whole; an earlier site of ours is replaced.

    Parameters
    ----------
    out : Path
        The folder to write: a new one, an empty one, or a site of ours.
    models : sequence of str or Path
        Names or files of the models that the page offers, as `load_model` takes them, one file each.
    assets : Path
        Where the built page lies.

    Raises
    ------
    UsageError
        Where the page was not built, or the folder holds something else.
    ModelError
        Where a model cannot be used, or a browser cannot feed it.
    """
    _check_built(assets)
    out = out.resolve()
    _check_place(out)
    chosen = _read_models(models)
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir()
        _copy_page(assets, part)
        _write_models(chosen, part)
        _put(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    written = [path for path in out.rglob("*") if path.is_file()]
    return Site(out, tuple(card.name for card, _ in chosen), len(written), sum(path.stat().st_size for path in written))


def _check_built(assets: Path) -> None:
    if not (assets / "index.html").is_file():
        raise UsageError(
            "the page is not built into this genrescope; in a checkout run  make web  (it needs Node.js 20.19 or "
            "later)."
        )


def _check_place(out: Path) -> None:
    if not out.parent.is_dir():
        raise UsageError(f"{out}: there is no folder '{out.parent}'; make it first.")
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(f"{out}: this is a file, and a site is a folder; name another.")
    if any(out.iterdir()) and not _is_ours(out):
        raise UsageError(f"{out}: the folder holds something else than a site of genrescope; name a new one.")


def _is_ours(folder: Path) -> bool:
    try:
        found = json.loads((folder / SITE_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return isinstance(found, dict) and str(found.get("made_by", "")).startswith("genrescope ")


def _read_models(models: Sequence[str | Path]) -> list[tuple[ModelCard, bytes]]:
    files = [path for model in models for path in find_model(model)]
    chosen: list[tuple[ModelCard, bytes]] = []
    for path in files:
        data = read_model_file(path)
        card = check_model(data, str(path))
        if card.front_end != IN_GRAPH:
            raise ModelError(
                f"{path}: the model takes the feature '{card.front_end}', which a browser cannot compute; choose a "
                "model that hears the waveform."
            )
        if card.name in {other.name for other, _ in chosen}:
            raise UsageError(f"{path}: two of the models are called '{card.name}'; the page could not tell them apart.")
        chosen.append((card, data))
    return chosen


def _copy_page(assets: Path, folder: Path) -> None:
    for source in sorted(path for path in assets.rglob("*") if path.is_file()):
        target = folder / source.relative_to(assets)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".gz":
            with gzip.open(source) as packed, open(target.with_suffix(""), "wb") as plain:
                shutil.copyfileobj(packed, plain)
        else:
            shutil.copyfile(source, target)
    page = folder / "index.html"
    page.write_text(for_browser(page.read_text(encoding="utf-8")), encoding="utf-8")


def for_browser(page: str) -> str:
    """Tell the page to predict by itself, and the browser to ask nothing of any other place.

    Raises
    ------
    UsageError
        Where the page is not one that this genrescope built.
    """
    if SERVER_ENGINE not in page:
        raise UsageError("the built page is another version's; build it again with  make web.")
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />'
    engine = SERVER_ENGINE.replace("server", "browser")
    return page.replace("<head>", f"<head>\n    {policy}", 1).replace(SERVER_ENGINE, engine)


def _write_models(chosen: list[tuple[ModelCard, bytes]], folder: Path) -> None:
    (folder / "models").mkdir()
    listed = []
    for place, (card, data) in enumerate(chosen, start=1):
        # Names of models are free text; the number keeps two apart that would become one.
        file = f"models/{place}-{re.sub(r'[^A-Za-z0-9_-]+', '_', card.name)}.onnx"
        (folder / file).write_bytes(data)
        listed.append({"file": file, "bytes": len(data), "card": asdict(card)})
    site = {"made_by": f"genrescope {version('genrescope')}", "models": listed}
    (folder / SITE_FILE).write_text(json.dumps(site, ensure_ascii=False), encoding="utf-8")


def _put(part: Path, out: Path) -> None:
    """Move a whole site to its place; what was there goes only after."""
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    part.rename(out)
    shutil.rmtree(old, ignore_errors=True)

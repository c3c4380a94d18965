"""``genrescope export``: a trained run as one model file."""

from pathlib import Path
from typing import Annotated

import typer

from genrescope.errors import MissingExtraError, UsageError


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished 'train'.")],
    out: Annotated[Path, typer.Option(metavar="FILE.onnx", help="The model file to write.")],
) -> None:
    """Write a run as one ONNX file that 'predict', 'serve' and the others use like the bundled model.

    Example:  genrescope export runs/fma-cnn --out fma-cnn.onnx
    """
    if out.suffix.lower() != ".onnx" or out.is_dir():
        raise UsageError(f"--out {out}: a model file is called something.onnx.")
    try:
        from genrescope.recipes.export import export_run

        card = export_run(run, out)
    except ModuleNotFoundError as cause:
        raise MissingExtraError("'export'", "train") from cause
    typer.echo(f"{out}: {card.name}, {len(card.labels)} genres, {out.stat().st_size / 1e6:.1f} MB")

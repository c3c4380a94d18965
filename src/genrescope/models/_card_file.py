"""Writing an ONNX graph with its card inside, whole or not at all."""

import os
from pathlib import Path
from typing import Any

from genrescope.card import ModelCard


def save_with_card(model: Any, card: ModelCard, path: Path) -> None:
    """Put the card into a graph (an ``onnx.ModelProto``) and write it."""
    import onnx

    del model.metadata_props[:]
    for key, value in card.to_metadata().items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(model)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        onnx.save(model, partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)

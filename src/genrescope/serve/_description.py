"""The API's description: OpenAPI for programs, and the same as a plain page for people."""

import json
from html import escape
from importlib.resources import files
from typing import Any

from genrescope.serve.answers import KINDS, STATUS_OF
from genrescope.serve.hearing import JSON, NDJSON
from genrescope.serve.uploads import FIELD

PREDICTION = {"$ref": "#/components/schemas/answer"}
FAILURE = {"$ref": "#/components/schemas/failure"}

_REASONS = {
    400: "Wrong use: an unknown model or vocabulary, a form without the file, a value out of bounds.",
    408: "The upload came too slowly.",
    413: "The upload is too large, or its sound too long.",
    415: "It is no sound, holds none, or is in a format that cannot be read.",
    422: "It is sound without an answer: damaged, silent, too short, empty.",
    429: "All places are taken; `Retry-After` says in how many seconds to try again.",
    500: "A fault of the service.",
    504: "Hearing it took too long.",
}


def prediction_schemas() -> dict[str, Any]:
    """Return the contract's schemas, as components of an OpenAPI document; errors have the service's kinds too."""
    text = (files("genrescope") / "schemas" / "prediction.schema.json").read_text(encoding="utf-8")
    schemas: dict[str, Any] = json.loads(text.replace("#/$defs/", "#/components/schemas/"))["$defs"]
    schemas["failure"]["properties"]["error"]["properties"]["kind"]["enum"] = list(KINDS)
    return schemas


def predict_responses() -> dict[int | str, dict[str, Any]]:
    """Return what `POST /v1/predict` can answer."""
    lines = {"type": "string", "description": "One JSON object a line: progress, windows, at the end the prediction."}
    answered: dict[str, Any] = {
        "description": "The answer, the same object as the command line's; or a stream of lines, where asked for.",
        "content": {JSON: {"schema": PREDICTION}, NDJSON: {"schema": lines}},
    }
    wanted = sorted({*STATUS_OF.values(), 500})
    return {200: answered, **{status: failure(_REASONS[status]) for status in wanted}}


def failure(description: str) -> dict[str, Any]:
    """Return an answer that is an error object."""
    return {"description": description, "content": {JSON: {"schema": FAILURE}}}


def predict_body() -> dict[str, Any]:
    """Return what `POST /v1/predict` takes: a form, or the file itself."""
    raw = {"schema": {"type": "string", "format": "binary"}}
    form = {
        "schema": {
            "type": "object",
            "required": [FIELD],
            "properties": {FIELD: {"type": "string", "format": "binary"}},
        }
    }
    return {"required": True, "content": {"multipart/form-data": form, "application/octet-stream": raw}}


def page_of(document: dict[str, Any]) -> str:
    """Return an OpenAPI document as a page without script or style."""
    info = document["info"]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta name="color-scheme" content="light dark"><title>{escape(info["title"])}</title>',
        '<link rel="icon" href="data:,"></head><body>',
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info['description'])}</p>",
        '<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>',
    ]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            parts += _operation(f"{method.upper()} {path}", operation)
    return "\n".join([*parts, "</body></html>"])


def _operation(title: str, operation: dict[str, Any]) -> list[str]:
    parts = [f"<h2><code>{escape(title)}</code></h2>", f"<p>{escape(operation.get('description', ''))}</p>"]
    if operation.get("parameters"):
        rows = [_row(f"{item['name']} ({item['in']})", _about(item)) for item in operation["parameters"]]
        parts += ["<table>", *rows, "</table>"]
    if "requestBody" in operation:
        takes = ", ".join(operation["requestBody"]["content"])
        parts.append(f"<p>Takes: <code>{escape(takes)}</code></p>")
    rows = [_row(status, answer["description"]) for status, answer in operation["responses"].items()]
    return [*parts, "<table>", *rows, "</table>"]


def _about(parameter: dict[str, Any]) -> str:
    default = parameter["schema"].get("default")
    return f"{parameter.get('description', '')}{'' if default is None else f' Default: {default}.'}"


def _row(head: str, text: str) -> str:
    return f'<tr><th scope="row" align="left">{escape(head)}</th><td>{escape(text)}</td></tr>'

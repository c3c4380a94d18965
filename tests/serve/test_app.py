"""The API beside the predictions, and its description, which a machine holds it to."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from genrescope.runtime.model import load_model
from tests.serve._service import Service, tone


def test_models(service: Service) -> None:
    (card,) = service.get("/v1/models").json()["models"]
    ours = load_model().card
    assert (card["name"], card["labels"], card["hop_s"]) == (ours.name, ours.labels, ours.hop_s)
    assert card["vocabularies"]["fma"]["labels"] == ours.vocabulary_labels("fma")


def test_health(service: Service) -> None:
    found = service.get("/v1/health").json()
    assert (found["status"], found["workers"], found["max_upload_bytes"]) == ("ok", 2, 4 << 20)


def test_metrics(service: Service) -> None:
    service.post(tone(2))
    service.post(b"words")
    text = service.get("/metrics").text
    assert 'genrescope_predictions_total{outcome="answered"}' in text
    assert 'genrescope_predictions_total{outcome="not_audio"}' in text
    assert "genrescope_workers_alive 2.0" in text


@pytest.mark.parametrize(("path", "status"), [("/v1/predict", 405), ("/v1/nothing", 404)])
def test_what_there_is_not(service: Service, path: str, status: int) -> None:
    response = service.get(path)
    assert (response.status_code, set(response.json())) == (status, {"path", "error"})


def test_the_description_asks_nobody_else(service: Service) -> None:
    page = service.get("/docs").text
    assert "POST /v1/predict" in page
    assert "<script" not in page
    assert "//" not in page.replace("<!doctype", "")


def test_answers_are_as_described(service: Service) -> None:
    document = service.get("/openapi.json").json()
    schemas = {name: {**schema} for name, schema in document["components"]["schemas"].items()}
    text = json.dumps(schemas).replace("#/components/schemas/", "#/$defs/")
    validator = Draft202012Validator({"$ref": "#/$defs/answer", "$defs": json.loads(text)})
    validator.validate(service.post(tone(5)).json())


def test_no_request_breaks_it(service: Service, tmp_path: Path) -> None:
    """Requests made up from the description, right and wrong ones: each is answered as described, none with a fault."""
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), "run", f"{service.address}/openapi.json",
            "--checks", checks, "--max-examples", "8", "--seed", "1", "--generation-database", "none",
            "--phases", "examples,fuzzing", "--mode", "all", "--request-timeout", "30", "--no-color",
        ],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr

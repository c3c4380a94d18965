"""The service as an ASGI application."""

from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from genrescope.serve import _description
from genrescope.serve._metrics import CONTENT_TYPE_LATEST
from genrescope.serve.answers import error_json, to_json
from genrescope.serve.guard import Guard
from genrescope.serve.hearing import JSON, Ask, Desk, Hearing
from genrescope.serve.page import ASSETS, Page

DESCRIPTION = "Hear the genres of any song, and how they move through it."
MAX_TOP = 1000

Model = Annotated[str | None, Query(description="Who answers, by name; by default the first of /v1/models.")]
Vocabulary = Annotated[str, Query(description="In whose words: native, or one that the model's card maps to.")]
Top = Annotated[int, Query(ge=1, le=MAX_TOP, description="How many genres, best first.")]
WithTimeline = Annotated[bool, Query(alias="timeline", description="Whether the course over time is in the answer.")]
Name = Annotated[str | None, Query(description="What the answer calls a raw body; a form brings its own name.")]
FileName = Annotated[str | None, Header(alias="X-Filename", description="The same as a header, and before it.")]


def create_app(desk: Desk, assets: Path = ASSETS) -> Guard:
    """Return the service as an ASGI application.

    Parameters
    ----------
    desk : Desk
        Open, and closed by whoever opened it.
    assets : Path
        Where the built page lies.
    """
    api = FastAPI(
        title="genrescope",
        version=version("genrescope"),
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
    )
    _say_errors(api)
    _describe(api)
    _add_predict(api, desk)
    _add_rest(api, desk)
    api.mount("/", Page(assets), name="page")
    return Guard(api, desk.settings.send_s)


def _add_predict(api: FastAPI, desk: Desk) -> None:
    @api.post(
        "/v1/predict",
        response_class=Response,
        responses=_description.predict_responses(),
        openapi_extra={"requestBody": _description.predict_body()},
    )
    async def predict(
        model: Model = None,
        vocabulary: Vocabulary = "native",
        top: Top = 3,
        timeline: WithTimeline = True,
        name: Name = None,
        x_filename: FileName = None,
    ) -> Response:
        """Say which genres a song has. Send a form with the field `file`, or the bytes of the file themselves.

        With `Accept: application/x-ndjson` the answer comes line by line while the song is heard.
        """
        return Hearing(desk, Ask(model, vocabulary, top, timeline, x_filename or name))

    @api.get("/v1/predict", include_in_schema=False)  # or the page would say that there is no such file
    async def other_method() -> Response:
        raise HTTPException(405, headers={"allow": "POST"})


def _add_rest(api: FastAPI, desk: Desk) -> None:
    @api.get("/v1/models", response_class=Response, responses=_json_of("The cards of the models, the first answers."))
    async def models() -> Response:
        """Return the cards of the models that can be asked."""
        return Response(to_json({"models": [asdict(card) for card in desk.cards]}), media_type=JSON)

    @api.get("/v1/health", response_class=Response, responses=_json_of("It hears.") | _json_of("No worker runs.", 503))
    async def health() -> Response:
        """Say whether songs can be heard."""
        alive = desk.crew.n_alive
        facts = {
            "status": "ok" if alive else "no worker runs",
            "version": version("genrescope"),
            "workers": alive,
            "working": desk.crew.n_working,
            "requests_in_progress": desk.n_admitted,
            "max_upload_bytes": desk.settings.max_upload_bytes,
            "max_duration_s": desk.settings.max_duration_s,
        }
        return Response(to_json(facts), 200 if alive else 503, media_type=JSON)

    @api.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """Return what Prometheus scrapes."""
        return Response(desk.metrics.page(), headers={"content-type": CONTENT_TYPE_LATEST})

    @api.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(_description.page_of(api.openapi()))


def _json_of(description: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": description, "content": {JSON: {"schema": {"type": "object"}}}}}


def _describe(api: FastAPI) -> None:
    """Add the contract's schemas, and take out what the framework says of answers that it never gives here."""

    def describe() -> dict[str, Any]:
        if api.openapi_schema is None:
            document = get_openapi(title=api.title, version=api.version, description=api.description, routes=api.routes)
            document["components"] = {"schemas": _description.prediction_schemas()}
            api.openapi_schema = document
        return api.openapi_schema

    api.openapi = describe  # type: ignore[method-assign]


def _say_errors(api: FastAPI) -> None:
    """Say every error as the contract does."""

    @api.exception_handler(RequestValidationError)
    async def wrong_value(request: Request, error: RequestValidationError) -> Response:
        faults = "; ".join(f"{fault['loc'][-1]}: {fault['msg'].lower()}" for fault in error.errors())
        body = error_json(request.url.path, "wrong_use", f"{faults}; see /docs.")
        return Response(body + b"\n", 400, media_type=JSON)

    @api.exception_handler(HTTPException)
    async def no_such_thing(request: Request, error: HTTPException) -> Response:
        kind = "not_found" if error.status_code == 404 else "wrong_use"
        body = error_json(request.url.path, kind, f"{error.detail}; see /docs for what there is.")
        return Response(body + b"\n", error.status_code, headers=error.headers, media_type=JSON)

    @api.exception_handler(Exception)
    async def fault(request: Request, _: Exception) -> Response:
        message = "the service failed on this; its log says why. Please report it."
        return Response(error_json(request.url.path, "failed", message) + b"\n", 500, media_type=JSON)

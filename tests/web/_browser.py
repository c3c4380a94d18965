"""A real Chromium on a plain file server: what the page's tests open, and what it asked for meanwhile."""

import http.server
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from genrescope.card import ModelCard
from genrescope.runtime.names import find_model

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
ISOLATION = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}


class PlainServer(http.server.SimpleHTTPRequestHandler):
    """Python's own file server, quiet; below /isolated/ it sends what threads need."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is Python's
        pass

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/isolated"))

    def end_headers(self) -> None:
        if self.path.startswith("/isolated/"):
            for name, value in ISOLATION.items():
                self.send_header(name, value)
        super().end_headers()


def unsure_twin(folder: Path) -> Path:
    """Write the bundled model under another name, with a threshold that no song reaches: it is always unsure."""
    import onnx

    (bundled,) = find_model("bundled")
    model = onnx.load(bundled)
    properties = {item.key: item.value for item in model.metadata_props}
    card = ModelCard.from_metadata(properties, "bundled")
    values = {**card.__dict__, "name": "doubter", "unsure_below": 1.1}
    onnx.helper.set_model_props(model, ModelCard(**values).to_metadata())
    target = folder / "doubter.onnx"
    onnx.save(model, target)
    return target


@dataclass
class Visit:
    """A page that is open, and everything that it asked for or complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def hear(self, *files: Path | str) -> None:
        """Choose a file, and wait for its answer or its error."""
        self.page.set_input_files("#file", [str(file) for file in files])
        self.wait()

    def wait(self) -> None:
        """Wait until the song that was chosen has its answer or its error."""
        settled = "() => !document.querySelector('#song').ariaBusy && (said() || problem())"
        helpers = (
            "const said = () => document.querySelectorAll('.panel').length > 0 && "
            "[...document.querySelectorAll('.panel')].every(panel => panel.querySelector('.more button'));"
            "const problem = () => !document.querySelector('#problem').hidden;"
        )
        self.page.wait_for_function(f"() => {{ {helpers} return ({settled})() }}", timeout=60_000)


def open_visit(browser: Browser, url: str, **context: object) -> Visit:
    """Open the page in a context of its own."""
    page = browser.new_context(**context).new_page()  # type: ignore[arg-type]  # a test names the options
    visit = Visit(page)

    def on_request(request: Request) -> None:
        visit.asked.append(request.url)

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            visit.complaints.append(message.text)

    page.on("request", on_request)
    page.on("console", on_console)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.goto(url)
    page.wait_for_selector("html[data-ready=true]")
    return visit

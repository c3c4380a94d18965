"""What the service counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from genrescope.serve.crew import Crew

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]

_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)


class Metrics:
    """The figures of one service."""

    def __init__(self, crew: Crew) -> None:
        registry = self._registry = CollectorRegistry()
        self._answers = Counter(
            "genrescope_predictions", "Uploads by what became of them: answered, or the kind of error.",
            ["outcome"], registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "genrescope_prediction_seconds", "From the end of an upload to the end of its answer.",
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._sound = Counter("genrescope_sound_seconds", "Seconds of sound that were heard.", registry=registry)
        self.admitted = Gauge(
            "genrescope_requests_in_progress", "Uploads that come in, wait, or are heard.", registry=registry
        )
        for name, what, read in (
            ("genrescope_workers_working", "Workers that hear something.", lambda: crew.n_working),
            ("genrescope_workers_alive", "Workers that run.", lambda: crew.n_alive),
            ("genrescope_workers_replaced", "Workers that were stopped or died, so far.", lambda: crew.n_replaced),
        ):
            Gauge(name, what, registry=registry).set_function(read)

    def answered(self, sound_s: float, took_s: float) -> None:
        """Count an answer."""
        self._answers.labels("answered").inc()
        self._sound.inc(sound_s)
        self._seconds.observe(took_s)

    def failed(self, kind: str) -> None:
        """Count an error."""
        self._answers.labels(kind).inc()

    def page(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self._registry)

"""JAMS (JSON Annotated Music Specification), namespace `tag_open`: the course of the genres, and the whole track's."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import numpy as np

from genrescope.cli._lines import plain
from genrescope.records import Prediction, Timeline

JAMS_VERSION = "0.3.4"
"""The version of the specification that is written."""


def to_jams(prediction: Prediction, top: int) -> dict[str, Any]:
    """Write an answer as a JAMS object.

    The first annotation holds the genres of the whole track, the second (where there is a timeline) one observation
    for each stretch of time in which the same genre is the strongest.

    Parameters
    ----------
    prediction : Prediction
        The answer.
    top : int
        How many genres of the whole track to write.
    """
    length_s = round(prediction.duration_s, 3)
    track = [_observation(0, length_s, score.label, score.confidence) for score in prediction.genres[:top]]
    annotations = [_annotation(prediction, "the whole track", track)]
    if prediction.timeline is not None:
        course = [_observation(*segment) for segment in segments(prediction.timeline, length_s)]
        annotations.append(_annotation(prediction, "the course over time", course))
    own = {"path": plain(prediction.path), "unsure": prediction.unsure, "voice": prediction.voice}
    return {
        "file_metadata": {
            "title": "",
            "artist": "",
            "release": "",
            "duration": length_s,
            "identifiers": {},
            "jams_version": JAMS_VERSION,
        },
        "annotations": annotations,
        "sandbox": {"genrescope": own | {"warnings": [notice.to_dict() for notice in prediction.warnings]}},
    }


def segments(timeline: Timeline, duration_s: float) -> Iterator[tuple[float, float, str, float]]:
    """Cut a track where its strongest genre changes: start and length in seconds, genre, mean confidence.

    A window stands for the time until the next one begins; the segments fill the track without gap or overlap.
    """
    best = timeline.probabilities.argmax(axis=1)
    firsts = [0, *(np.flatnonzero(np.diff(best)) + 1).tolist()]
    lasts = [*firsts[1:], len(best)]
    for first, last in zip(firsts, lasts, strict=True):
        start_s = 0.0 if first == 0 else timeline.start_s + first * timeline.hop_s
        end_s = duration_s if last == len(best) else timeline.start_s + last * timeline.hop_s
        confidence = float(timeline.probabilities[first:last, best[first]].mean())
        yield start_s, max(0.0, end_s - start_s), timeline.labels[best[first]], confidence


def _observation(start_s: float, length_s: float, label: str, confidence: float) -> dict[str, object]:
    return {
        "time": round(start_s, 3),
        "duration": round(length_s, 3),
        "value": label,
        "confidence": round(confidence, 4),
    }


def _annotation(prediction: Prediction, rules: str, data: list[dict[str, object]]) -> dict[str, object]:
    return {
        "namespace": "tag_open",
        "time": 0,
        "duration": round(prediction.duration_s, 3),
        "annotation_metadata": {
            "curator": {"name": "", "email": ""},
            "annotator": {"model": prediction.model, "vocabulary": prediction.vocabulary},
            "version": "",
            "corpus": "",
            "annotation_tools": f"genrescope {version('genrescope')}",
            "annotation_rules": rules,
            "validation": "",
            "data_source": "program",
        },
        "data": data,
        "sandbox": {},
    }

"""Calibration learns from labels, holds back where it can, and never sees the fold that it is judged on."""

from dataclasses import replace

import numpy as np

from genrescope.card import VocabularyMap
from genrescope.training.calibrate import Labelled, by_fold, calibrate, out_of_fold, track_probabilities
from genrescope.training.head import Linear

MAPS = {"tiny": VocabularyMap(["x", "y"], [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])}


def _clips() -> list[Labelled]:
    rng = np.random.default_rng(0)
    means = {"x": np.eye(6)[0], "y": np.eye(6)[1]}
    return [
        Labelled((means[genre] + 0.3 * rng.normal(size=(4, 6))).astype(np.float32), "tiny", genre, index // 2 % 2)
        for index, genre in enumerate(["x", "y"] * 4)
    ]


def _head() -> Linear:
    return Linear(np.random.default_rng(1).normal(0, 0.1, (3, 6)), np.zeros(3))


def _right(head: Linear, clips: list[Labelled]) -> float:
    answers = [MAPS["tiny"].apply(track_probabilities(head, clip.embedding).astype(np.float32)) for clip in clips]
    return float(np.mean([answer["xy".index(clip.genre)] for clip, answer in zip(clips, answers, strict=True)]))


def test_known_clips_become_likelier() -> None:
    clips, head = _clips(), _head()
    assert _right(calibrate(head, clips, MAPS), clips) > _right(head, clips) + 0.1


def test_probabilities_are_a_distribution() -> None:
    answer = track_probabilities(_head(), _clips()[0].embedding)
    assert answer.shape == (3,)
    assert abs(answer.sum() - 1) < 1e-9


def test_a_fold_never_sees_its_own_labels() -> None:
    clips = _clips()
    lies = [replace(clip, genre="y" if clip.genre == "x" else "x") if clip.fold == 1 else clip for clip in clips]
    honest, misled = (out_of_fold(by_fold(_head(), told, MAPS), clips) for told in (clips, lies))
    for clip, answer, other in zip(clips, honest, misled, strict=True):
        assert np.allclose(answer, other) == (clip.fold == 1)


def test_music_without_labels_keeps_its_genres() -> None:
    clips, rng = _clips(), np.random.default_rng(2)
    # What the clips know nothing of: other numbers of the embedding, and a genre that no clip has.
    other = [(np.eye(6)[4] + 0.3 * rng.normal(size=(5, 6))).astype(np.float32) for _ in range(8)]
    head = Linear(np.eye(3, 6) + 2 * np.eye(3, 6, 2), np.zeros(3))

    def moved(changed: Linear) -> float:
        pairs = [(track_probabilities(head, one), track_probabilities(changed, one)) for one in other]
        return float(np.mean([np.abs(before - after).sum() for before, after in pairs]))

    held, free = calibrate(head, clips, MAPS, other), calibrate(head, clips, MAPS)
    assert moved(held) < moved(free) / 3
    assert _right(held, clips) > _right(head, clips)

"""Model files that take features: ready ones, those of whole tracks, of windows, and another model's embedding."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from genrescope.audio.stream import Limits
from genrescope.card import ModelCard
from genrescope.errors import AudioError, ModelError, UsageError
from genrescope.records import Clip, FloatArray
from genrescope.runtime.features import FeatureSession
from genrescope.runtime.model import load_model
from tests.runtime._feature_model import LABELS, RATE_HZ, WEIGHTS, loudness, measure, never, write_feature_model

Write = Callable[..., Path]
Noise = Callable[..., Clip]


@pytest.fixture
def of_tracks(tmp_path: Path) -> Path:
    """Return a model of whole tracks."""
    return write_feature_model(tmp_path / "tracks.onnx")


def softmax(rows: FloatArray) -> FloatArray:
    raised = np.exp(rows @ WEIGHTS)
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def test_ready_features_are_answered_without_sound(of_tracks: Path) -> None:
    rows = np.random.default_rng(0).random((1100, 2)).astype(np.float32)  # more than one call takes
    session = FeatureSession(of_tracks)
    assert session.card.labels == LABELS
    np.testing.assert_allclose(session.answer(rows), softmax(rows), atol=1e-6)
    assert session.answer(rows[:0]).shape == (0, 3)


def test_features_of_several_axes_are_one_row_to_a_model_of_plain_numbers(of_tracks: Path) -> None:
    rows = np.random.default_rng(0).random((4, 2, 1)).astype(np.float32)
    session = FeatureSession(of_tracks)
    np.testing.assert_array_equal(session.answer(rows), session.answer(rows[..., 0]))


def test_features_that_do_not_fit(of_tracks: Path) -> None:
    session = FeatureSession(of_tracks)
    with pytest.raises(UsageError, match=r"features of shape \(2,\); these have \(3,\)"):
        session.answer(np.zeros((5, 3), dtype=np.float32))
    with pytest.raises(UsageError, match="not finite"):
        session.answer(np.full((1, 2), np.nan, dtype=np.float32))


def test_files_that_are_no_such_model(of_tracks: Path, write_model: Write, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="takes a waveform, not ready features"):
        FeatureSession(write_model())
    with pytest.raises(ModelError, match="should take 'features'"):
        FeatureSession(write_model(front_end="loudness@1"))
    short = write_feature_model(tmp_path / "short.onnx", n_genres=2)
    with pytest.raises(ModelError, match="names 3 genres, the graph gave"):
        FeatureSession(short).answer(np.zeros((1, 2), dtype=np.float32))


def test_a_whole_track_has_one_answer_and_no_course(of_tracks: Path, noise: Noise) -> None:
    model, clip = load_model(of_tracks, front_end=loudness), noise(7.0)
    answer = model.predict(clip)
    assert answer.timeline is None
    assert answer.duration_s == pytest.approx(7.0)
    expected = dict(zip(LABELS, softmax(measure(clip)).tolist(), strict=True))
    assert answer.confidences == pytest.approx(expected, abs=1e-5)
    assert model.predict(clip, fast=True).confidences == answer.confidences
    with pytest.raises(ModelError, match="gives no embedding"):
        model.embed(clip)


def test_a_file_is_read_at_the_cards_rate_or_at_its_own(tmp_path: Path, noise: Noise) -> None:
    import soundfile

    song = tmp_path / "song.wav"
    clip = noise(65.0, rate_hz=11025)
    soundfile.write(song, clip.samples, 11025, subtype="FLOAT")
    seen: list[Clip] = []

    def keep(card: ModelCard) -> Callable[[Clip], FloatArray]:
        def compute(heard: Clip) -> FloatArray:
            seen.append(heard)
            return measure(heard)

        del card
        return compute

    heard_s: list[float] = []
    for rate_hz, expected in ((0, 11025), (RATE_HZ, RATE_HZ)):
        path = write_feature_model(tmp_path / "m.onnx", sample_rate_hz=rate_hz)
        load_model(path, front_end=keep).predict(song, on_heard=lambda seconds, _: heard_s.append(seconds))
        assert seen[-1].sample_rate_hz == expected
        assert seen[-1].duration_s == pytest.approx(65.0, abs=0.01)
    np.testing.assert_array_equal(seen[0].samples, clip.samples)
    assert heard_s == [30.0, 60.0, 90.0] * 2


def test_windows_have_a_course_over_time(tmp_path: Path, noise: Noise) -> None:
    path = write_feature_model(tmp_path / "windows.onnx", window_s=2.0, hop_s=0.5)
    model, clip = load_model(path, front_end=loudness), noise(40.0)
    course = model.predict(clip).timeline
    assert course is not None
    assert len(course.probabilities) == 77
    starts = np.arange(77) * RATE_HZ // 2
    rows = np.stack([measure(Clip(clip.samples[at : at + 2 * RATE_HZ], RATE_HZ)) for at in starts])
    np.testing.assert_allclose(course.probabilities, softmax(rows), atol=1e-5)
    assert model.predict(clip, fast=True).timeline is None


def test_members_of_an_ensemble_may_take_features_of_windows(tmp_path: Path, of_tracks: Path, noise: Noise) -> None:
    first = write_feature_model(tmp_path / "first.onnx", window_s=1.0, hop_s=0.5)
    other = write_feature_model(tmp_path / "other.onnx", weights=-WEIGHTS, window_s=1.0, hop_s=0.5)
    both = load_model(f"{first}+{other}", front_end=loudness).predict(noise(4.0)).confidences
    alone = [load_model(path, front_end=loudness).predict(noise(4.0)).confidences for path in (first, other)]
    assert both == pytest.approx({key: (alone[0][key] + alone[1][key]) / 2 for key in LABELS}, abs=1e-6)
    with pytest.raises(ModelError, match="whole tracks cannot answer as one"):
        load_model(f"{of_tracks}+{first}", front_end=loudness)


def test_worker_processes_compute_features_too(of_tracks: Path, tmp_path: Path, noise: Noise) -> None:
    model = load_model(of_tracks, front_end=loudness)
    clips = [noise(2.0, seed=seed) for seed in range(3)]
    answers = list(model.predict_many([*clips, tmp_path / "none.wav"], workers=2))
    assert [getattr(one, "genre", None) for one in answers[:3]] == [model.predict(clip).genre for clip in clips]
    assert isinstance(answers[3], AudioError)


def test_without_what_computes_the_feature_the_file_is_refused(of_tracks: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'loudness@1', which cannot be computed from sound here"):
        load_model(of_tracks)
    table = write_feature_model(tmp_path / "table.onnx", features={"kind": "statistics"})
    with pytest.raises(ModelError, match="cannot be computed from sound"):
        load_model(table, front_end=loudness)


def test_a_feature_that_cannot_be_had_is_the_songs_error(of_tracks: Path, tmp_path: Path, noise: Noise) -> None:
    def refuses(card: ModelCard) -> Callable[[Clip], FloatArray]:
        def compute(clip: Clip) -> FloatArray:
            raise UsageError(f"{card.name} wants more than {clip.duration_s:g} s")

        return compute

    with pytest.raises(AudioError, match=r"no loudness@1: of-features wants more than 3 s") as caught:
        load_model(of_tracks, front_end=refuses).predict(noise(3.0))
    assert caught.value.kind == "unsupported"
    windows = write_feature_model(tmp_path / "windows.onnx", window_s=1.0, hop_s=0.5)
    for path in (of_tracks, windows):
        with pytest.raises(AudioError, match="<clip>: some values of loudness@1 are not finite"):
            load_model(path, front_end=never).predict(noise(3.0))


def test_a_track_that_is_too_long_for_memory(
    of_tracks: Path, noise: Noise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import soundfile

    soundfile.write(tmp_path / "long.wav", noise(6.0).samples, RATE_HZ)
    monkeypatch.setattr("genrescope.runtime.features.MAX_WHOLE_S", 5.0)
    with pytest.raises(AudioError, match=r"long\.wav") as caught:
        load_model(of_tracks, front_end=loudness).predict(tmp_path / "long.wav", limits=Limits())
    assert caught.value.kind == "too_large"


def test_the_embedding_of_another_model(write_model: Write, tmp_path: Path, noise: Noise) -> None:
    listener, clip = write_model("listener.onnx"), noise(5.0)
    weights = np.random.default_rng(3).normal(size=(4, 3)).astype(np.float32)
    says = {"feature": "embedding", "model": "listener", "pooling": "mean"}
    digest = hashlib.sha256(listener.read_bytes()).hexdigest()[:12]
    path = write_feature_model(
        tmp_path / "m.onnx", weights=weights, front_end="embedding@1", features={**says, "file": digest}
    )
    answer = load_model(path).predict(clip)
    mean = load_model(listener).embed(clip).vectors.mean(axis=0)
    raised = np.exp(mean @ weights)
    expected = dict(zip(LABELS, (raised / raised.sum()).tolist(), strict=True))
    assert answer.confidences == pytest.approx(expected, abs=1e-5)
    assert answer.timeline is None
    other = write_model("listener.onnx", graph={"seed": 5})
    with pytest.raises(ModelError, match=f"SHA-256 {digest}") as caught:
        load_model(path)
    assert str(other) in str(caught.value)
    other.unlink()
    with pytest.raises(ModelError, match=r"not here: put listener\.onnx beside it"):
        load_model(path)
    says["model"] = "../listener"
    write_feature_model(path, weights=weights, front_end="embedding@1", features={**says, "file": digest})
    with pytest.raises(ModelError, match="a name has no folders"):
        load_model(path)


def test_large_rows_are_answered_a_few_at_a_time(of_tracks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).random((7, 2)).astype(np.float32)
    monkeypatch.setattr("genrescope.runtime.features._NUMBERS", 5)
    np.testing.assert_allclose(FeatureSession(of_tracks).answer(rows), softmax(rows), atol=1e-6)

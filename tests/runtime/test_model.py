"""The front door: predictions of the bundled model, the same however they are computed."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

import genrescope
from genrescope.audio.stream import Limits
from genrescope.errors import AudioError, ModelError, UsageError
from genrescope.records import Clip, Prediction
from genrescope.runtime.blocks import Layout, SoundBlocks
from genrescope.runtime.model import Model, load_model, predict
from genrescope.runtime.names import find_model
from genrescope.runtime.session import Session
from genrescope.runtime.timeline import Windows

Write = Callable[..., Path]
MakeNoise = Callable[..., Clip]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture
def song(shared_data: Path) -> Path:
    """Return half a minute of real music."""
    return next(iter(sorted((shared_data / "fma").rglob("*.mp3"))))


def music(duration_s: float, rate_hz: int = 16000) -> Clip:
    """Return seeded chords with a beat, so that every window sounds different."""
    rng = np.random.default_rng(5)
    times = np.arange(round(duration_s * rate_hz)) / rate_hz
    samples = np.zeros_like(times)
    for second in range(int(duration_s) + 1):
        for pitch_hz in 110 * 2 ** (rng.integers(0, 36, size=3) / 12):
            samples += np.sin(2 * np.pi * pitch_hz * times) * np.exp(-3 * (times - second) % 100) * (times >= second)
    samples += rng.standard_normal(len(times)) * 0.3 * np.exp(-20 * (times % 0.5))
    return Clip((samples / np.abs(samples).max() * 0.9).astype(np.float32), rate_hz)


def assert_same(one: Prediction, other: Prediction) -> None:
    """Two predictions say the same within 1e-5, window by window."""
    assert one.timeline is not None
    assert other.timeline is not None
    assert one.timeline.probabilities.shape == other.timeline.probabilities.shape
    np.testing.assert_allclose(one.timeline.probabilities, other.timeline.probabilities, atol=1e-5)
    for label, confidence in one.confidences.items():
        assert other.confidences[label] == pytest.approx(confidence, abs=1e-5)


# ---------------------------------------------------------------------------------------------------------- answers


def test_a_prediction_is_whole(model: Model) -> None:
    answer = model.predict(music(12.3))
    assert len(answer.genres) == len(model.card.labels)
    assert sum(genre.confidence for genre in answer.genres) == pytest.approx(1)
    confidences = [genre.confidence for genre in answer.genres]
    assert confidences == sorted(confidences, reverse=True)
    assert (answer.model, answer.vocabulary, answer.path) == (model.name, "native", "<clip>")
    assert answer.duration_s == pytest.approx(12.3)
    assert answer.voice is not None
    assert 0 <= answer.voice <= 1


def test_the_course_has_a_window_at_least_every_second(model: Model) -> None:
    line = model.predict(music(12.3)).timeline
    assert line is not None
    assert line.hop_s <= 1
    assert len(line.probabilities) == 1 + int((12.3 - line.window_s) / line.hop_s)
    np.testing.assert_allclose(line.probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("vocabulary", ["native", "gtzan", "fma"])
def test_the_tracks_answer_is_the_mean_of_its_course(model: Model, vocabulary: str) -> None:
    answer = model.predict(music(9.0), vocabulary=vocabulary)
    assert answer.timeline is not None
    means = dict(zip(answer.timeline.labels, answer.timeline.probabilities.mean(axis=0), strict=True))
    assert answer.confidences == pytest.approx(means, abs=1e-5)


def test_real_music(model: Model, song: Path) -> None:
    """From path to answer, and the JSON object of the contract."""
    answer = model.predict(song)
    assert answer.path == str(song)
    assert answer.genres[0].confidence > 2 / len(model.card.labels)
    assert 25 < answer.duration_s < 40
    assert answer.to_dict()["timeline"] is not None


def test_without_timeline_the_answer_is_the_same(model: Model) -> None:
    clip = music(9.0)
    full, bare = model.predict(clip), model.predict(clip, timeline=False)
    assert bare.timeline is None
    assert bare.genres == full.genres


def test_fast_has_no_course_and_hears_windows_of_it(model: Model) -> None:
    clip = music(20.0)
    full, fast = model.predict(clip), model.predict(clip, fast=True)
    assert fast.timeline is None
    assert full.timeline is not None
    heard = [fast.confidences[label] for label in model.card.labels]
    # 20 s are one step of twelve windows and a rest: two windows are heard
    distances = [
        float(np.abs((one + other) / 2 - heard).max())
        for one in full.timeline.probabilities
        for other in full.timeline.probabilities
    ]
    assert min(distances) < 1e-5


def test_a_short_file_is_heard_whole(model: Model) -> None:
    line = model.predict(music(1.0)).timeline
    assert line is not None
    assert len(line.probabilities) == 1


# ------------------------------------------------------------------------------------------------------- the same


@pytest.mark.parametrize("block_windows", [1, 3, 30])
def test_the_size_of_blocks_does_not_matter(model: Model, block_windows: int) -> None:
    clip, session = music(25.0), Session(find_model("bundled")[0])
    sound = SoundBlocks(clip, model.card, Layout.every_window(model.card, block_windows), Limits())
    windows = Windows.join([session.run(block[np.newaxis]) for block in sound])
    line = model.predict(clip).timeline
    assert line is not None
    np.testing.assert_allclose(windows.probabilities, line.probabilities, atol=1e-5)


def test_the_size_of_a_batch_does_not_matter(model: Model) -> None:
    session = Session(find_model("bundled")[0])
    clip = music(40.0).samples
    blocks = np.stack([clip[start : start + 80_000] for start in range(0, 400_000, 80_000)])
    together = session.run(blocks)
    alone = [session.run(block[np.newaxis]) for block in blocks]
    np.testing.assert_allclose(together.probabilities, np.concatenate([a.probabilities for a in alone]), atol=1e-5)


def test_workers_do_not_matter(model: Model, tmp_path: Path) -> None:
    clip = music(14.0)
    soundfile.write(tmp_path / "song.flac", clip.samples, clip.sample_rate_hz, subtype="PCM_24")
    paths = [tmp_path / "song.flac"] * 3
    here, elsewhere = list(model.predict_many(paths)), list(model.predict_many(paths, workers=2))
    for one, other in zip(here, elsewhere, strict=True):
        assert isinstance(one, Prediction)
        assert isinstance(other, Prediction)
        assert_same(one, other)


def test_the_rate_of_a_clip_hardly_matters(model: Model) -> None:
    """The same music at two rates; what is left is the resampler's band edge."""
    clip = music(9.0, 48000)
    lower = Clip(soxr.resample(clip.samples, 48000, 32000, quality="VHQ"), 32000)
    one, other = model.predict(clip), model.predict(lower)
    assert other.confidences == pytest.approx(one.confidences, abs=0.01)


# ------------------------------------------------------------------------------------------------------- refusals


def test_one_bad_file_does_not_stop_the_others(model: Model, tmp_path: Path) -> None:
    (tmp_path / "words.mp3").write_text("no sound in here, only words\n" * 100)
    clip = music(4.0)
    first, words, missing, last = model.predict_many([clip, tmp_path / "words.mp3", "missing.mp3", clip])
    assert isinstance(first, Prediction)
    assert isinstance(last, Prediction)
    assert isinstance(words, AudioError)
    assert isinstance(missing, AudioError)
    assert (words.kind, missing.kind) == ("not_audio", "not_found")
    assert missing.path == "missing.mp3"


@pytest.mark.parametrize("workers", [None, 1])
def test_limits_hold_in_every_process(model: Model, tmp_path: Path, workers: int | None) -> None:
    clip = music(4.0)
    soundfile.write(tmp_path / "song.wav", clip.samples, clip.sample_rate_hz)
    (answer,) = model.predict_many([tmp_path / "song.wav"], workers=workers, limits=Limits(max_duration_s=2))
    assert isinstance(answer, AudioError)
    assert answer.kind == "too_large"


def test_an_unknown_vocabulary_is_said_before_any_file_is_opened(model: Model) -> None:
    with pytest.raises(UsageError, match="native, gtzan, fma"):
        model.predict("missing.mp3", vocabulary="klingon")


def test_sound_beyond_all_measure(model: Model) -> None:
    """Samples of 1e30 overflow in every front end; the answer says so instead of giving numbers that are none."""
    loud = Clip(music(4.0).samples * np.float32(1e30), 16000)
    with pytest.raises(AudioError, match="peak 9e") as caught:
        model.predict(loud)
    assert caught.value.kind == "damaged"


def test_errors_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(AudioError("empty", "a.mp3", "0 bytes")))  # noqa: S301 - our own
    assert (error.kind, error.path, error.message) == ("empty", "a.mp3", "0 bytes")


# ------------------------------------------------------------------------------------------------- embed, predict


def test_embedding_has_a_row_a_window(model: Model) -> None:
    clip = music(9.0)
    heard, line = model.embed(clip), model.predict(clip).timeline
    assert line is not None
    assert heard.vectors.shape == (len(line.probabilities), model.card.embedding_size)
    np.testing.assert_allclose(heard.starts_s + heard.window_s / 2, line.times_s)
    assert np.isfinite(heard.vectors).all()
    assert heard.vectors.std(axis=0).max() > 0


def test_a_model_without_embedding_says_so(write_model: Write, noise: MakeNoise) -> None:
    path = write_model(graph={"outputs": ("probabilities", "track")}, embedding_size=0)
    with pytest.raises(ModelError, match="no embedding"):
        load_model(path).embed(noise(3.0))


def test_predict_is_the_bundled_model(model: Model) -> None:
    clip = music(5.0)
    assert_same(predict(clip), model.predict(clip))
    assert_same(genrescope.predict(clip, model=model, vocabulary="gtzan"), model.predict(clip, vocabulary="gtzan"))


def test_predict_sees_that_a_model_was_exported_again(write_model: Write, noise: MakeNoise) -> None:
    clip = noise(3.0)
    first = predict(clip, model=str(write_model()))
    again = predict(clip, model=str(write_model(name="again")))
    assert (first.model, again.model) == ("small", "again")


def test_a_model_says_what_it_is(model: Model) -> None:
    assert repr(model) == f"Model('bundled', {len(model.card.labels)} genres)"

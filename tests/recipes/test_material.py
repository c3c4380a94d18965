"""From data sets to what models learn from: tables as they are, sound through the store."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrescope.datasets._base import Selection, TableOptions
from genrescope.datasets.catalogue import open_dataset
from genrescope.datasets.splits import make_split
from genrescope.errors import UsageError
from genrescope.recipes.material import Wanted, examples_of, parts_of

MFCC = Wanted("mfcc", {"n_mfcc": 13})


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for genre in ("low", "high"):
        (tmp_path / "songs" / genre).mkdir(parents=True)
        for number in range(2):
            soundfile.write(tmp_path / "songs" / genre / f"{number}.wav", rng.normal(0, 0.1, 44_100), 22_050)
    (tmp_path / "songs" / "low" / "broken.wav").write_bytes(b"RIFF")
    return tmp_path / "songs"


def test_sound_goes_through_the_store(songs: Path, tmp_path: Path) -> None:
    data = open_dataset("folder", songs)
    examples, missing = examples_of(data, MFCC, tmp_path / "store")
    assert len(examples) == 4
    assert list(missing) == ["low/broken"]
    assert examples.labels == data.genres
    assert examples.input["feature"] == "mfcc"
    assert [examples.labels[target] for target in examples.targets] == [data.by_id[i].genre for i in examples.ids]
    again, _ = examples_of(data, MFCC, tmp_path / "store")
    assert again.fingerprint == examples.fingerprint
    assert again.inputs.batch([0, 3]).shape[2] == 13


def test_several_genres_a_track(tmp_path: Path) -> None:
    rows = "id,genre,x\na,rock,1\nb,folk,2\n"
    (tmp_path / "table.csv").write_text(rows)
    options = TableOptions(kind="statistics")
    data = open_dataset("table", tmp_path / "table.csv", Selection(multi_label=True, table=options))
    examples, _ = examples_of(data, Wanted("statistics"), tmp_path / "store")
    assert examples.multi_label
    assert examples.targets.tolist() == np.eye(2)[examples.targets.argmax(1)].tolist()


def test_nothing_has_the_input(songs: Path, tmp_path: Path) -> None:
    for path in songs.glob("*/?.wav"):
        path.unlink()
    with pytest.raises(UsageError, match="no track of folder has the input 'mfcc'"):
        examples_of(open_dataset("folder", songs), MFCC, tmp_path / "store")


def test_gtzans_embeddings_in_the_parts_of_the_filtered_split(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "gtzan"
    options = TableOptions("embedding", "embedding", str(folder / "splits.csv"), None, "genre", "filtered")
    data = open_dataset("table", folder / "convnet_embeddings.npz", Selection(table=options))
    examples, missing = examples_of(data, Wanted("embedding"), tmp_path / "store")
    assert not missing
    parts = parts_of(examples, make_split(data, "official"))
    assert {part: len(some) for part, some in parts.items()} == {"training": 443, "validation": 197, "test": 290}
    assert parts["test"].matrix().shape == (290, 160)

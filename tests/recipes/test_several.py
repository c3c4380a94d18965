"""A run that learned several genres a track is scored on its own split, with FMA's tree."""

from pathlib import Path

import pytest

from genrescope.errors import UsageError
from genrescope.recipes._base import changed, read_recipe
from genrescope.recipes.several import evaluate_several, learned_several
from genrescope.recipes.train import Asked, train
from tables import CASES

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def fma(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return CASES["fma_mfcc"].lay(shared_data, tmp_path_factory.mktemp("fma"))


def test_several_genres_a_track_are_scored_on_the_runs_split(fma: Path, tmp_path: Path) -> None:
    asked = Asked("fma-medium", fma, "official", multi_label=True, work=tmp_path / "work")
    recipe = changed(read_recipe("fma-dense-mfcc"), ["training.epochs=3"])
    trained = train(recipe, asked, tmp_path / "run")
    assert learned_several(str(tmp_path / "run"))
    scored = evaluate_several(tmp_path / "run", Asked("fma-medium", fma, work=tmp_path / "work"))
    assert scored.split == "official"
    assert scored.report.n == trained.facts["parts"]["test"]
    assert scored.report.labels == tuple(trained.facts["labels"])
    assert scored.report.hierarchical is not None
    assert scored.report.average_precision.micro is not None
    assert scored.report.average_precision.micro > 4 * scored.report.chance
    assert [note.partition(",")[0] for note in scored.notes] == ["1 tracks of the part have no input"]
    with pytest.raises(UsageError, match="no part 'test'"):
        evaluate_several(tmp_path / "run", Asked("fma-medium", fma, "kfold", work=tmp_path / "work"))


def test_other_runs_and_models_learned_no_several_genres(tmp_path: Path) -> None:
    assert not learned_several("bundled")
    assert not learned_several(str(tmp_path))

"""All data sets by name, and the one way to open them."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from genrescope.datasets import fma, folder, gtzan, table
from genrescope.datasets._base import Dataset, Facts, Opener, Selection, Skip
from genrescope.errors import UsageError

DATASETS: Mapping[str, tuple[Facts, Opener]] = {
    **{fma.FACTS[size].name: (fma.FACTS[size], fma.opener(size)) for size in fma.SIZES},
    gtzan.FACTS.name: (gtzan.FACTS, gtzan.open_gtzan),
    folder.FACTS.name: (folder.FACTS, folder.open_folder),
    table.FACTS.name: (table.FACTS, table.open_table_set),
}
"""What is published about each data set, and how it is read."""

ALL = Selection()
"""Every track that has a genre."""


def facts_of(name: str) -> Facts:
    """Return what is published about a data set.

    Raises
    ------
    UsageError
        None is called so; the message names the nearest, or all.
    """
    return _named(name)[0]


def open_dataset(name: str, root: str | Path, selection: Selection = ALL, quarantine: Iterable[Skip] = ()) -> Dataset:
    """Open a data set that lies on this disk; nothing of its sound is read.

    Parameters
    ----------
    name : str
        One of `DATASETS`: ``fma-small``, ``fma-medium``, ``fma-large``, ``fma-full``, ``gtzan``, ``folder``, ``table``.
    root : str or Path
        Where it lies; for ``folder`` also a list of files, for ``table`` the table.
    selection : Selection
        Which genres, and which targets.
    quarantine : iterable of Skip
        Tracks that are passed over, such as ``data check`` finds them.

    Raises
    ------
    UsageError
        There is no such data set, or what lies there is not it.
    MissingExtraError
        It is a Parquet file, and pyarrow is not installed.

    Examples
    --------
    >>> open_dataset("gtzam", "music")
    Traceback (most recent call last):
    ...
    genrescope.errors.UsageError: there is no data set called 'gtzam'; did you mean 'gtzan'?
    """
    _, opener = _named(name)
    dataset = opener(Path(root).expanduser(), selection)
    passed_over = [skip for skip in quarantine if skip.name in dataset.by_id]
    return dataset.without(passed_over) if passed_over else dataset


def _named(name: str) -> tuple[Facts, Opener]:
    if name in DATASETS:
        return DATASETS[name]
    near = get_close_matches(name, DATASETS, 1)
    meant = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(DATASETS)}."
    raise UsageError(f"there is no data set called '{name}'; {meant}")

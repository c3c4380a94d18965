"""Which form an answer is written in: chosen by a flag or by the suffix of `--out`, and never by both at odds."""

from enum import StrEnum
from pathlib import Path

from genrescope.errors import UsageError


class Format(StrEnum):
    """A form of the answer."""

    PEOPLE = "people"
    JSON = "json"
    CSV = "csv"
    JAMS = "jams"
    PARQUET = "parquet"


_BY_SUFFIX = {
    ".json": Format.JSON,
    ".jsonl": Format.JSON,
    ".csv": Format.CSV,
    ".jams": Format.JAMS,
    ".parquet": Format.PARQUET,
}


def choose_format(flags: dict[Format, bool], out: Path | None) -> Format:
    """Choose the form of the answer.

    Parameters
    ----------
    flags : dict of Format to bool
        The flags that were given.
    out : Path or None
        Where the answer goes; None is standard output.

    Raises
    ------
    UsageError
        Where two forms were asked for at once, or `out` says none.
    """
    asked = [form for form, given in flags.items() if given]
    if len(asked) > 1:
        raise UsageError(f"--{asked[0]} and --{asked[1]} are two forms of the same answer; give one of them.")
    if out is None:
        return asked[0] if asked else Format.PEOPLE
    named = _BY_SUFFIX.get(out.suffix.lower())
    if asked and named and asked[0] != named:
        raise UsageError(f"--{asked[0]} and --out {out} disagree about the form; give one of them.")
    form = asked[0] if asked else named
    if form is None:
        raise UsageError(
            f"--out {out}: its name does not say what to write; end it in .jsonl, .csv or .parquet, or name a folder "
            "together with --jams."
        )
    _check_place(out, form)
    return form


def _check_place(out: Path, form: Format) -> None:
    if out.is_dir() and form is not Format.JAMS:
        raise UsageError(f"--out {out}: this is a folder, and {form} is written into one file; name a file.")
    if not out.resolve().parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder '{out.parent}'; make it first.")

"""What the user named, made into a list of files: files, folders, globs, playlists, and paths on standard input."""

import glob
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from genrescope.cli._playlists import is_playlist, net_address, read_playlist
from genrescope.errors import AudioError

AUDIO_SUFFIXES = frozenset(
    ".aac .ac3 .aif .aifc .aiff .alac .ape .au .caf .dsf .flac .m4a .m4b .mka .mp2 .mp3 .mpc .oga .ogg .opus .snd .spx"
    " .tta .w64 .wav .wave .weba .wma .wv".split()
)
"""Names that claim to be sound. A file in a folder that has one gets its line even where it turns out to be none."""

STANDARD_INPUT = "-"


@dataclass
class Inputs:
    """The files to answer.

    Attributes
    ----------
    items : list of str or AudioError
        Paths in the order in which they were named; an error stands where something has no path to try.
    skipped : int
        Files in folders that are not audio.
    complaints : list of str
        What has to be said of folders in which there was nothing to hear.
    """

    items: list[str | AudioError] = field(default_factory=list)
    skipped: int = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """The paths alone, without the errors."""
        return [item for item in self.items if isinstance(item, str)]


def expand(named: list[str], *, recursive: bool) -> Inputs:
    """Make a list of files of what the user named.

    Parameters
    ----------
    named : list of str
        Files, folders, globs (for shells that do not expand them), playlists, ``-`` for paths on standard input.
    recursive : bool
        Whether folders inside folders are looked into (links to folders are not followed).
    """
    inputs = Inputs()
    for name in named:
        for path in _read_standard_input() if name == STANDARD_INPUT else [name]:
            _add(path, inputs, recursive)
    return inputs


def _read_standard_input() -> list[str]:
    raw = sys.stdin.buffer.read()
    # `find -print0` separates by zero bytes, for names with line breaks in them
    parts = raw.split(b"\0") if b"\0" in raw else [line.rstrip(b"\r") for line in raw.split(b"\n")]
    return [os.fsdecode(part) for part in parts if part]


def _add(path: str, inputs: Inputs, recursive: bool) -> None:
    if os.path.isdir(path):
        _add_folder(path, inputs, recursive)
    elif address := net_address(path):
        inputs.items.append(address)
    elif os.path.lexists(path) or not glob.has_magic(path):
        inputs.items.extend(read_playlist(path) if is_playlist(path) else [path])
    else:
        _add_glob(path, inputs, recursive)


def _add_glob(pattern: str, inputs: Inputs, recursive: bool) -> None:
    matches = sorted(glob.glob(pattern, recursive=True))
    if not matches:
        inputs.items.append(AudioError("not_found", pattern, "no file has this name or matches this pattern."))
    for match in matches:
        _add(match, inputs, recursive)


def _add_folder(folder: str, inputs: Inputs, recursive: bool) -> None:
    before, skipped_before, inner = len(inputs.items), inputs.skipped, 0
    for path in _walk(folder, inputs, recursive):
        if os.path.isdir(path):
            inner += 1
        elif _is_wanted(path):
            inputs.items.append(path)
        else:
            inputs.skipped += 1
    if len(inputs.items) == before:
        inputs.complaints.append(_nothing_in(folder, inputs.skipped - skipped_before, inner))


def _walk(folder: str, inputs: Inputs, recursive: bool) -> Iterator[str]:
    """List a folder: its files in order of name, then (where not entered) its folders; hidden folders are left out."""

    def note(cause: OSError) -> None:
        reason = f"the folder cannot be listed ({cause.strerror}); change its permissions."
        inputs.items.append(AudioError("no_permission", str(cause.filename), reason))

    for root, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (os.path.join(root, name) for name in sorted(files))
        if not recursive:
            yield from (os.path.join(root, name) for name in folders)
            return


def _is_wanted(path: str) -> bool:
    if os.path.basename(path).startswith("."):  # among them the "._song.mp3" that macOS leaves on foreign disks
        return False
    if os.path.splitext(path)[1].lower() in AUDIO_SUFFIXES:
        return True
    return os.path.isfile(path) and _sounds(path)


def _sounds(path: str) -> bool:
    """Tell by its content whether a file whose name claims nothing is audio: films, and songs without a suffix."""
    from genrescope.audio.decode import open_audio

    try:
        with open_audio(path):
            return True
    except AudioError:
        return False


def _nothing_in(folder: str, n_files: int, n_folders: int) -> str:
    looked = f"{n_files} file{'' if n_files == 1 else 's'} looked at"
    hint = f"; --recursive also looks into the {n_folders} folder(s) inside it" if n_folders else ""
    return f"{folder}: there is no audio in this folder ({looked}){hint}."

"""A whole check: every fault of the known data sets planted and found, kills survived, crashes contained."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genrescope.audit.check import REPORT, Check, Settings
from genrescope.audit.journal import NAME
from genrescope.audit.report import Report
from genrescope.datasets._base import Dataset
from genrescope.datasets.catalogue import open_dataset
from genrescope.datasets.quarantine import make_work_folder, read_duplicates, read_quarantine, respect

Music = Callable[..., Any]
Write = Callable[..., Path]


def checked(dataset: Dataset, workers: int | None = None) -> Report:
    check = Check(dataset, make_work_folder(dataset.root), Settings(workers=workers))
    check.hear()
    check.compare(check.candidates())
    return check.report()


def kinds_of(report: Report, track_id: str) -> set[str]:
    return {fault.kind for fault in report.faults if track_id in fault.tracks}


@pytest.fixture
def like_fma(tmp_path: Path, make_music: Music, write_sound: Write) -> Path:
    """Return a list of tracks with every fault that FMA has; clips last 6 s instead of 30."""
    root = tmp_path / "fma"
    rows = ["track_id,path,genre,artist,album,part"]

    def plant(name: str, sound: Any, rate: int = 22050, *, who: str = ",", part: str = "training") -> Path:
        rows.append(f"{Path(name).stem},{name},Rock,{who},{part}")
        return write_sound(root / name, sound, rate)

    for seed in range(10):
        plant(f"good{seed}.wav", make_music(seed))
    broken = plant("zeros.mp3", make_music(20))
    broken.write_bytes(b"ID3\x03\0\0\0\0\0\0" + bytes(50_000))  # as 099134: sums that are right, nothing to decode
    plant("noise.mp3", make_music(21)).write_bytes(b"\xff\xfb\x90\x64" + np.random.default_rng(0).bytes(30_000))
    plant("short.ogg", make_music(22, seconds=0.5))
    plant("shorter.wav", make_music(23, seconds=1.6))
    nearly = make_music(24)
    nearly[22050:] = 0.0
    plant("silent.wav", nearly)
    plant("first.wav", make_music(25), part="training")
    plant("again.flac", make_music(25), part="test")
    plant("rate48.wav", make_music(26, rate=48000), 48000)
    plant("mono.wav", make_music(27, channels=1))
    plant("compiled1.wav", make_music(28), who="A,Hits", part="training")
    plant("compiled2.wav", make_music(29), who="B,Hits", part="test")
    plant("cut.wav", make_music(30))
    whole = (root / "cut.wav").read_bytes()
    (root / "cut.wav").write_bytes(whole[: len(whole) * 4 // 5])
    (root / "list.csv").write_text("\n".join(rows) + "\nlost,lost.wav,Rock,,,training\n")
    return root / "list.csv"


def test_every_fault_of_fma(like_fma: Path) -> None:
    dataset = open_dataset("folder", like_fma)
    report = checked(dataset, workers=2)
    expected = {
        "zeros": {"broken"},
        "noise": {"broken"},
        "short": {"too_short"},
        "shorter": {"too_short"},
        "silent": {"silent"},
        "first": {"duplicate", "duplicate_across_parts"},
        "again": {"duplicate", "duplicate_across_parts"},
        "rate48": {"odd_rate"},
        "mono": {"odd_channels"},
        "compiled1": {"album_across_parts"},
        "compiled2": {"album_across_parts"},
        "cut": {"cut", "shorter_than_usual"},
    }
    for track in dataset.tracks:
        assert kinds_of(report, track.track_id) == expected.get(track.track_id, set()), track
    work = make_work_folder(like_fma)
    out = {"zeros", "noise", "short", "shorter", "silent", "again"}
    assert {skip.name for skip in read_quarantine(work)} == out
    assert read_duplicates(work) == (("again", "first"),)
    used = respect(dataset)
    assert {track.track_id for track in dataset.tracks} - {track.track_id for track in used.tracks} == out
    assert [skip.name for skip in report.passed_over] == ["lost"]
    written = json.loads((work / REPORT).read_text())
    assert written == report.to_dict()
    assert f"{len(used.tracks)} of {len(dataset.tracks) + 1} used; 7 passed over" in written["used"]


def test_gtzans_own_faults(tmp_path: Path, make_music: Music, write_sound: Write) -> None:
    root = tmp_path / "genres_original"
    for number in range(2):
        for genre in ("blues", "jazz", "metal", "rock"):
            seed = 100 * number + sum(map(ord, genre))
            write_sound(root / genre / f"{genre}.{number:05}.wav", make_music(seed))
    (root / "jazz" / "jazz.00054.wav").write_bytes(os.urandom(1000) + bytes(20_000))
    recording = make_music(7)
    write_sound(root / "metal" / "metal.00058.wav", recording)
    write_sound(root / "rock" / "rock.00016.wav", recording)
    write_sound(root / "rock" / "rock.00001.wav", 0.4 * make_music(100 + sum(map(ord, "blues")))[3000:])
    report = checked(open_dataset("gtzan", tmp_path))
    assert kinds_of(report, "jazz.00054") == {"broken"}
    assert {"label_conflict", "duplicate"} <= kinds_of(report, "metal.00058") & kinds_of(report, "rock.00016")
    assert {"label_conflict", "near_duplicate"} <= kinds_of(report, "blues.00001") & kinds_of(report, "rock.00001")
    out = {skip.name for skip in read_quarantine(tmp_path / ".genrescope")}
    assert out == {"jazz.00054", "metal.00058", "rock.00016", "blues.00001", "rock.00001"}


def test_a_mended_file_is_heard_again_and_comes_back(like_fma: Path, make_music: Music, write_sound: Write) -> None:
    dataset = open_dataset("folder", like_fma)
    checked(dataset)
    check = Check(dataset, make_work_folder(like_fma))
    assert {Path(path).name for path in check.todo} == {"zeros.mp3", "noise.mp3"}, "what failed is tried again"
    write_sound(like_fma.parent / "silent.wav", make_music(24))
    check = Check(dataset, make_work_folder(like_fma))
    assert {Path(path).name for path in check.todo} == {"zeros.mp3", "noise.mp3", "silent.wav"}
    check.hear()
    assert kinds_of(check.report(), "silent") == set()
    assert "silent" not in {skip.name for skip in read_quarantine(make_work_folder(like_fma))}


def test_another_split_is_looked_through(like_fma: Path) -> None:
    dataset = open_dataset("folder", like_fma)
    check = Check(dataset, make_work_folder(like_fma), Settings(near=False))
    check.hear()
    one_side = dict.fromkeys(dataset.by_id, "training")
    assert not [fault for fault in check.report(one_side, "mine").faults if fault.kind.endswith("across_parts")]
    assert check.candidates() == []


def test_a_table_of_numbers_has_nothing_to_hear(tmp_path: Path) -> None:
    from genrescope.datasets._base import Facts
    from genrescope.errors import UsageError
    from genrescope.records import Track

    dataset = Dataset(Facts("table", "", "", "", "", "", ""), tmp_path, (Track("a"),))
    with pytest.raises(UsageError, match="no sound"):
        Check(dataset, tmp_path)
    with pytest.raises(UsageError, match="no track of table"):
        Check(Dataset(dataset.facts, tmp_path, ()), tmp_path)


def test_a_file_that_vanishes_is_an_error_of_its_own(like_fma: Path) -> None:
    dataset = open_dataset("folder", like_fma)
    (like_fma.parent / "good3.wav").unlink()
    report = checked(dataset)
    assert kinds_of(report, "good3") == {"broken"}
    assert report.known.broken["good3"].kind == "not_found"


HUNGRY = """
import numpy as np
from genrescope.audio.stream import Limits
from genrescope.audit.check import _answers, _limit_memory

def eat(path):
    return np.ones(2**30 if path == "big" else 1).size

def prepare():
    _limit_memory(4 * 2**30)
    return eat

if __name__ == "__main__":
    print([getattr(answer, "kind", answer) for answer in _answers(prepare, ["a", "big", "b"], 1, Limits())])
"""


@pytest.mark.skipif(os.name != "posix", reason="only there is memory limited")
def test_a_file_that_eats_all_memory_stops_nobody(tmp_path: Path) -> None:
    script = tmp_path / "hungry.py"  # a file, for worker processes to import
    script.write_text(HUNGRY)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[1, 'too_large', 1]"


SCRIPT = """
import sys
from genrescope.audit.check import Check, Settings
from genrescope.datasets.catalogue import open_dataset
from genrescope.datasets.quarantine import make_work_folder
if __name__ == "__main__":
    dataset = open_dataset("folder", sys.argv[1])
    check = Check(dataset, make_work_folder(dataset.root), Settings(workers=1, near=False))
    print(len(check.todo), flush=True)
    check.hear(lambda path: print(path, flush=True))
"""


@pytest.mark.skipif(os.name != "posix", reason="needs kill -9")
def test_killed_it_goes_on(tmp_path: Path, make_music: Music, write_sound: Write) -> None:
    root = tmp_path / "music"
    for seed in range(12):
        write_sound(root / "rock" / f"{seed}.wav", make_music(seed, seconds=3.0))
    run = [sys.executable, "-c", SCRIPT, str(root)]
    n_before = 12
    for n_lines in (2, 4):
        with subprocess.Popen(run, stdout=subprocess.PIPE, start_new_session=True) as process:
            assert process.stdout is not None
            assert int(process.stdout.readline()) == n_before
            for _ in range(n_lines):
                process.stdout.readline()
            os.killpg(process.pid, signal.SIGKILL)
        time.sleep(0.2)
        dataset = open_dataset("folder", root)
        n_left = len(Check(dataset, make_work_folder(root)).todo)
        assert n_left <= max(0, n_before - n_lines)  # a slow reader kills it when all is heard
        n_before = n_left
    journal = root / ".genrescope" / NAME
    journal.write_bytes(journal.read_bytes()[:-7])
    report = checked(dataset)
    assert len(report.known.heard) == 12
    rows = [json.loads(line)["file"][0] for line in journal.read_text().splitlines()]
    assert len(set(rows)) == len(rows) == 12, "what was heard once is not heard again"


def test_real_clips_are_in_order_but_for_what_is_known(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "music").symlink_to(shared_data / "gtzan_mini")
    dataset = open_dataset("gtzan", tmp_path / "music")
    check = Check(dataset, make_work_folder(tmp_path, tmp_path / "work"), Settings(workers=2))
    check.hear()
    check.compare(check.candidates())
    report = check.report()
    assert len(report.known.heard) == 60
    assert report.by_kind.keys() <= {"clipped"}, report.faults
    assert report.rates == {22050: 60}

"""One file, heard from beginning to end: what it holds, and two fingerprints, at little more than decoding costs.

Two files have the same `Heard.pcm` where their decoded samples are the same, whatever they are packed in: it is a
BLAKE2b hash over every 64th sample, with the sum of the bit patterns of all. A hash over all samples costs a third of
decoding an MP3, this one a thirtieth; files that agree in length, in every 64th sample and in the sum of the rest are
the same for any purpose here.
"""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genrescope.audio.decode import AudioFile, open_audio
from genrescope.audio.stream import MIN_SOUND_S, Limits
from genrescope.audit.fingerprint import Sketcher
from genrescope.errors import AudioError
from genrescope.records import FloatArray

SILENT_RMS = 1e-3
"""A stretch of `SILENT_SAMPLES` below this (-60 dBFS) is silence: under the quietest music, above dither and hiss."""

SILENT_SAMPLES = 4096

_STEP = 64  # of the samples that are hashed
_SPARSE = 61  # of those whose power is taken; a prime, which is no period of a beat or a tone of a synthesizer


@dataclass(frozen=True)
class Heard:
    """What a file holds.

    Attributes
    ----------
    sample_rate_hz, channels : int
        Of the sound itself.
    duration_s : float
        Seconds decoded.
    claimed_s : float or None
        How long the file says that it is.
    damage : str or None
        What of it could not be decoded, in words with figures.
    peak : float
        Largest sample, full scale is 1.
    silent_share, clipped_share : float
        Shares (0 to 1) of the time below `SILENT_RMS`, and of the samples at full scale.
    pcm : str
        Equal for equal samples at equal rates.
    sketch : tuple of float
        Coarse spectrum, near for files that sound alike (see `genrescope.audit.fingerprint`); empty for the shortest.
    """

    sample_rate_hz: int
    channels: int
    duration_s: float
    claimed_s: float | None
    damage: str | None
    peak: float
    silent_share: float
    clipped_share: float
    pcm: str
    sketch: tuple[float, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self) | {"sketch": list(self.sketch)}

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> "Heard":
        """Return what `to_dict` wrote; TypeError or KeyError where it is something else."""
        return cls(**found | {"sketch": tuple(found["sketch"])})


def hear(path: str | Path, limits: Limits = Limits()) -> Heard:  # noqa: B008 - frozen
    """Hear a file from beginning to end.

    Raises
    ------
    AudioError
        It cannot be decoded, or next to nothing of it.
    """
    with open_audio(path, limits) as audio:
        ear = _Ear(audio.sample_rate_hz)
        for block in audio.blocks():
            ear.add(block)
        _refuse(audio)
        return ear.told(audio)


def _refuse(audio: AudioFile) -> None:
    """Raise where so little was decoded that prediction has no answer either."""
    damage, heard_s = audio.damage, audio.decoded_s - audio.lost_s
    if damage and (heard_s < MIN_SOUND_S or heard_s < audio.lost_s):
        raise AudioError("damaged", audio.path, f"{damage}; too little is left. Copy or download it again.")


class _Ear:
    """Takes blocks as they are decoded and keeps the figures, not the samples."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self._sum = 0
        self._n_frames = self._n_silent = 0
        self._sketcher = Sketcher(sample_rate_hz)

    def add(self, block: FloatArray) -> None:
        """Take a block, shape (n_frames, n_channels)."""
        # Blocks may end anywhere, so every 64th is counted from the beginning of the file.
        self._hash.update(block[-self._n_frames % _STEP :: _STEP].tobytes())
        planes = np.ascontiguousarray(block.T)  # FFmpeg's blocks lie in memory like this already
        self._sum += int(planes.view(np.uint32).sum(dtype=np.uint32))
        self._n_silent += _silent_frames(planes)
        self._sketcher.add(planes)
        self._n_frames += len(block)

    def told(self, audio: AudioFile) -> Heard:
        """Return the figures of the whole file."""
        of_shape = f"{audio.sample_rate_hz} {audio.channels} {self._n_frames} {self._sum % 2**32}"
        self._hash.update(of_shape.encode())
        return Heard(
            sample_rate_hz=audio.sample_rate_hz,
            channels=audio.channels,
            duration_s=round(audio.decoded_s, 4),
            claimed_s=None if audio.claimed_s is None else round(audio.claimed_s, 4),
            damage=audio.damage,
            peak=round(audio.peak, 5),
            silent_share=round(self._n_silent / max(self._n_frames, 1), 4),
            clipped_share=round(audio.clipped_share, 5),
            pcm=self._hash.hexdigest(),
            sketch=self._sketcher.sketch(),
        )


def _silent_frames(planes: FloatArray) -> int:
    """Return how many samples of a block, shape (n_channels, n_frames), lie in silent stretches."""
    channels, n_frames = planes.shape
    n_whole = n_frames // SILENT_SAMPLES
    # So few samples tell the power of a stretch well enough.
    stretches = planes[:, : n_whole * SILENT_SAMPLES].reshape(channels, n_whole, SILENT_SAMPLES)[..., ::_SPARSE]
    power = np.einsum("cij,cij->i", stretches, stretches) / (channels * stretches.shape[-1])
    silent = SILENT_SAMPLES * int(np.count_nonzero(power < SILENT_RMS**2))
    rest = planes[:, n_whole * SILENT_SAMPLES :]
    if rest.size and float(np.square(rest).mean()) < SILENT_RMS**2:
        silent += rest.shape[1]
    return silent

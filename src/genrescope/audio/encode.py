"""Sound in memory to a small file that a browser plays."""

import io

import soundfile

from genrescope.records import Clip

BLOCK_SAMPLES = 65_536
"""libsndfile's Vorbis encoder takes long arrays badly; it gets them in pieces."""


def to_ogg(clip: Clip) -> bytes:
    """Return a clip as Ogg Vorbis.

    Examples
    --------
    >>> import numpy as np
    >>> to_ogg(Clip(np.zeros(8000, dtype=np.float32), 8000))[:4]
    b'OggS'
    """
    target = io.BytesIO()
    with soundfile.SoundFile(target, "w", clip.sample_rate_hz, 1, format="OGG", subtype="VORBIS") as file:
        for start in range(0, len(clip.samples), BLOCK_SAMPLES):
            file.write(clip.samples[start : start + BLOCK_SAMPLES])
    return target.getvalue()

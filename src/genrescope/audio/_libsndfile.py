"""libsndfile at work: plain samples (WAV, AIFF and their kin), and FLAC, Ogg and MP3 where FFmpeg is not installed."""

from collections.abc import Iterator

import numpy as np
import soundfile

from genrescope.audio._claims import mp3_frames
from genrescope.audio._content import HEAD_BYTES
from genrescope.audio._files import AudioInput
from genrescope.audio._source import BLOCK_FRAMES, Faults, RefusedError, check_header
from genrescope.records import FloatArray


class SndfileSource:
    """A file that libsndfile reads; see `Source`."""

    def __init__(self, file: AudioInput) -> None:
        file.seek(0)  # libsndfile takes the place that the descriptor stands at for the file's beginning
        try:
            self._sound = soundfile.SoundFile(file.fileno(), closefd=False)
        except soundfile.LibsndfileError as error:
            raise RefusedError(error.error_string.rstrip(".")) from error
        self.sample_rate_hz: int = self._sound.samplerate
        self.channels: int = self._sound.channels
        check_header(self.sample_rate_hz, self.channels)
        if not self._sound.frames and file.size_bytes > HEAD_BYTES:
            raise RefusedError("its header speaks of no samples")  # as streamed files do; FFmpeg reads them to the end
        is_guess = self._sound.format == "MP3" and mp3_frames(file) is None
        self.claimed_s: float | None = None if is_guess else self._sound.frames / self.sample_rate_hz
        self.faults = Faults()

    def blocks(self) -> Iterator[FloatArray]:
        """Yield float32 blocks, shape (n_frames, n_channels)."""
        while True:
            block = np.empty((BLOCK_FRAMES, self.channels), dtype=np.float32)
            try:
                read = self._sound.read(out=block)
            except soundfile.LibsndfileError as error:
                self.faults.broke_off = error.error_string.rstrip(".")
                return
            if not len(read):
                return
            yield read

    def close(self) -> None:
        """Let go of everything but the file itself."""
        self._sound.close()

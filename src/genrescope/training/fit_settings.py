"""How a network is trained: everything that a recipe's ``[training]`` table may say, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from genrescope.errors import UsageError
from genrescope.features._settings import with_values

Optimizer = Literal["adam", "adamw", "sgd", "adadelta", "adagrad"]
Schedule = Literal["constant", "cosine", "one-cycle"]
Precision = Literal["auto", "32", "bf16"]
Monitor = Literal["accuracy", "loss"]
Keep = Literal["best", "last"]


@dataclass(frozen=True)
class AugmentSettings:
    """How training examples are changed, anew in each epoch; 0 and false change nothing.

    Attributes
    ----------
    rotation_deg, shift : float
        Pictures are turned by up to so much either way, and moved by up to this share of their height and width.
    flip : bool
        Half of the pictures run backwards in time.
    crop_frames : int
        So many frames in a row are taken of each example; for networks that take any length.
    masks : int
        So many stretches of time, and so many of bands, are painted over with the example's mean (SpecAugment).
    mask_time, mask_bands : float
        How long such a stretch is at most, as a share of the whole.
    equaliser : float
        A smooth random curve over the bands is added to spectrograms and pictures, as another room, microphone or
        mastering would; its deviation is this share of the example's own.
    mixup : float
        Parameter of the beta distribution from which the shares of two mixed examples are drawn.
    gain_db, noise_db, pitch_semitones, tempo : float
        Waveforms are made up to so much louder or softer; get white noise, up to this level (dB re full scale, below
        0); are moved in pitch by up to so much; and are played up to this share faster or slower.
    """

    rotation_deg: float = 0.0
    shift: float = 0.0
    flip: bool = False
    crop_frames: int = 0
    masks: int = 2
    mask_time: float = 0.0
    mask_bands: float = 0.0
    equaliser: float = 0.0
    mixup: float = 0.0
    gain_db: float = 0.0
    noise_db: float = 0.0
    pitch_semitones: float = 0.0
    tempo: float = 0.0

    def __post_init__(self) -> None:
        shares = {"shift": self.shift, "mask_time": self.mask_time, "mask_bands": self.mask_bands, "tempo": self.tempo}
        for name, share in shares.items():
            if not 0 <= share < 1:
                raise UsageError(f"training: {name} is a share from 0 to less than 1; got {share:g}.")
        amounts = (self.rotation_deg, self.crop_frames, self.masks, self.equaliser, self.mixup, self.gain_db)
        if min(*amounts, self.pitch_semitones) < 0 or self.noise_db > 0:
            raise UsageError(f"training: no augmentation is below 0, and noise_db is not above; got {self}.")

    @property
    def moves_pictures(self) -> bool:
        """Whether pictures are turned, moved or flipped."""
        return bool(self.rotation_deg or self.shift or self.flip)

    @property
    def changes_sound(self) -> bool:
        """Whether waveforms are changed."""
        return bool(self.gain_db or self.noise_db or self.pitch_semitones or self.tempo)

    @property
    def changes_inputs(self) -> bool:
        """Whether an example is another one in each epoch."""
        masked = self.masks and (self.mask_time or self.mask_bands)
        changed = self.moves_pictures or self.changes_sound or self.crop_frames or self.equaliser or self.mixup
        return bool(changed or masked)


@dataclass(frozen=True)
class FitSettings(AugmentSettings):
    """How a network learns. The defaults are Keras' Adam, the best epoch by validation accuracy, and no more.

    Attributes
    ----------
    start : str
        First weights of networks that come with published ones: ``published``, ``fresh``, or a file with them.
    optimizer : {"adam", "adamw", "sgd", "adadelta", "adagrad"}
    learning_rate, momentum, weight_decay : float
        Of the optimizer; `momentum` goes with ``sgd``.
    l2 : float
        This times the sum of squared weights, biases and the last layer left out, is added to the loss.
    schedule : {"constant", "cosine", "one-cycle"}
        Course of the learning rate.
    batch_size, accumulate : int
        Examples of a batch, and batches of a step.
    epochs : int
        At most so many.
    monitor : {"accuracy", "loss"}
        What is watched on the validation part.
    patience : int
        Training stops after so many epochs that gain nothing; 0 never stops early.
    min_delta : float
        A gain of less is none.
    keep : {"best", "last"}
        Which epoch's weights are the result; ``last`` needs no validation part.
    ema : float
        The result's weights are a moving average that keeps this share of itself at each step; 0 is off.
    label_smoothing : float
        This share of each target is spread over all genres.
    class_weights : bool
        Rare genres count as much as frequent ones.
    clip_norm : float
        Gradients that are longer are cut to this length; 0 is off.
    segment_frames : int
        Examples are cut into segments of so many frames, learned one by one; a track's answer is their mean. 0: whole.
    precision : {"auto", "32", "bf16"}
        Of the arithmetic; ``auto`` is bf16 where the processor computes in it.
    channels_last : bool
        Layout of pictures in memory; never changes a result by more than rounding.
    devices : int
        So many GPUs, or processes where there is none.
    """

    start: str = "published"
    optimizer: Optimizer = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.0
    weight_decay: float = 0.0
    l2: float = 0.0
    schedule: Schedule = "constant"
    batch_size: int = 32
    accumulate: int = 1
    epochs: int = 50
    monitor: Monitor = "accuracy"
    patience: int = 0
    min_delta: float = 0.0
    keep: Keep = "best"
    ema: float = 0.0
    label_smoothing: float = 0.0
    class_weights: bool = False
    clip_norm: float = 0.0
    segment_frames: int = 0
    precision: Precision = "auto"
    channels_last: bool = True
    devices: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("batch_size", "accumulate", "epochs", "devices", "learning_rate"):
            if not getattr(self, name) > 0:
                raise UsageError(f"training: {name} is above 0; got {getattr(self, name)}.")
        for name in ("momentum", "weight_decay", "l2", "patience", "min_delta", "clip_norm", "segment_frames"):
            if not getattr(self, name) >= 0:
                raise UsageError(f"training: {name} is not below 0; got {getattr(self, name)}.")
        for name in ("ema", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise UsageError(f"training: {name} is from 0 to less than 1; got {getattr(self, name)}.")
        if self.momentum and self.optimizer != "sgd":
            raise UsageError(f"training: momentum goes with sgd; the optimizer is {self.optimizer}.")


def fit_settings(values: Mapping[str, Any]) -> FitSettings:
    """Return settings from what a recipe says.

    Raises
    ------
    UsageError
        A key that is not known (the message names the nearest), or a value that does not fit.

    Examples
    --------
    >>> fit_settings({"learning_rate": 1e-4, "epochs": 3}).epochs
    3
    >>> fit_settings({"epoch": 3})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    genrescope.errors.UsageError: training has no setting 'epoch': did you mean epochs...
    """
    settings: FitSettings = with_values("training", FitSettings(), dict(values))
    return settings

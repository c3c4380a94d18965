"""All networks by name, and how a name with settings becomes a network.

Every network takes a feature's batches as they are, ``forward(x)`` gives logits (n, n_labels), ``embed(x)`` its
embedding. Several genres at once are the same logits, seen through a sigmoid instead of a softmax.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from genrescope.errors import UsageError
from genrescope.features._settings import nearest, with_values
from genrescope.models._network import GenreNetwork, InputForm
from genrescope.models.crnn_over_time import CrnnOverTime, CrnnOverTimeSettings
from genrescope.models.fma_cnn import FmaCnn, FmaCnnSettings
from genrescope.models.fma_cnn_rnn_parallel import FmaCnnRnnParallel, FmaCnnRnnParallelSettings
from genrescope.models.fma_crnn import FmaCrnn, FmaCrnnSettings
from genrescope.models.fma_dense_mfcc import FmaDenseMfcc, FmaDenseMfccSettings
from genrescope.models.fma_vgg16 import FmaVgg16, FmaVgg16Settings
from genrescope.models.fma_vgg16_progressive import FmaVgg16Progressive, FmaVgg16ProgressiveSettings
from genrescope.models.gtzan_cnn import GtzanCnn, GtzanCnnSettings
from genrescope.models.gtzan_inception import GtzanInception, GtzanInceptionSettings
from genrescope.models.mfcc_cnn import MfccCnn, MfccCnnSettings
from genrescope.models.mfcc_dense3 import MfccDense3, MfccDense3Settings
from genrescope.models.mfcc_lstm import MfccLstm, MfccLstmSettings
from genrescope.models.mfcc_td_cnn import MfccTdCnn, MfccTdCnnSettings
from genrescope.models.scope_net import ScopeNet, ScopeNetSettings
from genrescope.models.scope_vgg16 import ScopeVgg16, ScopeVgg16Settings
from genrescope.models.trunks import MusicnnGenres, TrunkSettings, YamnetGenres
from genrescope.models.vggish import VggishFinetune, VggishSettings

SPECTROGRAM = ("frame", "band")
PICTURE = ("row", "column")
NUMBERS = ("number",)


@dataclass(frozen=True)
class Network:
    """A network that can be named.

    Attributes
    ----------
    name, line : str
        The public name, and what it is in one line.
    source : str
        Where it comes from.
    settings : dataclass instance
        Its defaults.
    build : callable
        Settings, number of labels and `InputForm` to the module.
    input : str
        The feature that it takes where nothing else is said, ``NAME`` or ``NAME:PRESET``.
    axes : tuple of str
        What an example's axes are.
    """

    name: str
    line: str
    source: str
    settings: Any
    build: Callable[[Any, int, InputForm], GenreNetwork]
    input: str
    axes: tuple[str, ...]


_ALL = (
    Network(
        name="fma-dense-mfcc",
        line="two dense layers over FMA's MFCC statistics",
        source="report A0",
        settings=FmaDenseMfccSettings(),
        build=FmaDenseMfcc,
        input="fma518",
        axes=NUMBERS,
    ),
    Network(
        name="fma-cnn",
        line="two convolutions over a log-mel spectrogram",
        source="report A0",
        settings=FmaCnnSettings(),
        build=FmaCnn,
        input="logmel:fma-cnn",
        axes=SPECTROGRAM,
    ),
    Network(
        name="fma-vgg16",
        line="VGG16 from ImageNet, its last four convolutions learning",
        source="report A0",
        settings=FmaVgg16Settings(),
        build=FmaVgg16,
        input="image:fma-vgg16",
        axes=PICTURE,
    ),
    Network(
        name="fma-vgg16-progressive",
        line="VGG16 on small pictures, then on larger ones with a new beginning",
        source="report A0",
        settings=FmaVgg16ProgressiveSettings(),
        build=FmaVgg16Progressive,
        input="image:fma-vgg16-progressive",
        axes=PICTURE,
    ),
    Network(
        name="fma-crnn",
        line="convolutions, then an LSTM",
        source="report A0, its table",
        settings=FmaCrnnSettings(),
        build=FmaCrnn,
        input="logmel:fma-cnn",
        axes=SPECTROGRAM,
    ),
    Network(
        name="fma-cnn-rnn-parallel",
        line="convolutions beside a GRU",
        source="report A0, its table",
        settings=FmaCnnRnnParallelSettings(),
        build=FmaCnnRnnParallel,
        input="logmel:fma-cnn",
        axes=SPECTROGRAM,
    ),
    Network(
        name="gtzan-inception",
        line="InceptionV3 from ImageNet, frozen, with a new top",
        source="report A1",
        settings=GtzanInceptionSettings(),
        build=GtzanInception,
        input="image:inception",
        axes=PICTURE,
    ),
    Network(
        name="gtzan-cnn",
        line="four convolutions over a spectrogram picture",
        source="report A1",
        settings=GtzanCnnSettings(),
        build=GtzanCnn,
        input="image:gtzan-cnn",
        axes=PICTURE,
    ),
    Network(
        name="mfcc-dense3",
        line="three dense layers over a sequence of MFCCs",
        source="report A2",
        settings=MfccDense3Settings(),
        build=MfccDense3,
        input="mfcc:fma-mfcc-nets",
        axes=SPECTROGRAM,
    ),
    Network(
        name="mfcc-cnn",
        line="three convolutions over a sequence of MFCCs",
        source="report A2",
        settings=MfccCnnSettings(),
        build=MfccCnn,
        input="mfcc:fma-mfcc-nets",
        axes=SPECTROGRAM,
    ),
    Network(
        name="mfcc-lstm",
        line="two LSTM layers over a sequence of MFCCs",
        source="report A2",
        settings=MfccLstmSettings(),
        build=MfccLstm,
        input="mfcc:fma-mfcc-nets",
        axes=SPECTROGRAM,
    ),
    Network(
        name="mfcc-td-cnn",
        line="a small CNN for each segment, then an LSTM",
        source="report A2",
        settings=MfccTdCnnSettings(),
        build=MfccTdCnn,
        input="mfcc:fma-mfcc-nets",
        axes=SPECTROGRAM,
    ),
    Network(
        name="crnn-over-time",
        line="convolutions along time, an LSTM, an answer at every step",
        source="report A3",
        settings=CrnnOverTimeSettings(),
        build=CrnnOverTime,
        input="logmel:over-time",
        axes=SPECTROGRAM,
    ),
    Network(
        name="vggish-finetune",
        line="VGGish and a dense end, all learning",
        source="report A4",
        settings=VggishSettings(),
        build=VggishFinetune,
        input="logmel:vggish",
        axes=SPECTROGRAM,
    ),
    Network(
        name="musicnn-finetune",
        line="musicnn as a trunk that learns on",
        source="Pons and Serra 2019",
        settings=TrunkSettings(),
        build=MusicnnGenres,
        input="logmel:musicnn",
        axes=SPECTROGRAM,
    ),
    Network(
        name="yamnet-finetune",
        line="YAMNet as a trunk that learns on",
        source="Plakal and Ellis 2019",
        settings=TrunkSettings(),
        build=YamnetGenres,
        input="logmel:yamnet",
        axes=SPECTROGRAM,
    ),
    Network(
        name="scope-net",
        line="textures and modulations of every band, with attention over time",
        source="ours",
        settings=ScopeNetSettings(),
        build=ScopeNet,
        input="logmel:fma-cnn",
        axes=SPECTROGRAM,
    ),
    Network(
        name="scope-vgg16",
        line="VGG16's third block from ImageNet beside textures and modulations, frozen, and a dense layer",
        source="ours",
        settings=ScopeVgg16Settings(),
        build=ScopeVgg16,
        input="image:fma-vgg16",
        axes=PICTURE,
    ),
)

NETWORKS: Mapping[str, Network] = MappingProxyType({network.name: network for network in _ALL})
"""Every network, by its public name."""


def make_network(
    name: str, n_labels: int, input_shape: Sequence[int], *, picture: bool | None = None, **settings: Any
) -> GenreNetwork:
    """Return a network by its name, with fresh weights drawn from torch's generator.

    Parameters
    ----------
    name : str
        One of `NETWORKS`.
    n_labels : int
        How many genres it tells apart.
    input_shape : sequence of int
        Of one example, as its feature gives it.
    picture : bool, optional
        Whether examples are pictures (rows are frequencies) and not spectrograms (first axis is time). Where it is not
        said: three axes are a picture, two are what the network takes by default.
    **settings
        Settings that differ from the network's own.

    Raises
    ------
    UsageError
        A name or setting that is not known (the message lists those that are), a value that does not fit, or an input
        that the network cannot take.

    Examples
    --------
    >>> make_network("fma-dense-mfcc", 8, (140,)).output.out_features
    8
    >>> make_network("fma-dens", 8, (140,))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    genrescope.errors.UsageError: there is no network 'fma-dens': did you mean fma-dense-mfcc...
    """
    if name not in NETWORKS:
        raise UsageError(f"there is no network {name!r}: {nearest(name, list(NETWORKS))}")
    if n_labels < 2:
        raise UsageError(f"{name} tells at least 2 genres apart; got {n_labels}.")
    network = NETWORKS[name]
    values = network_settings(name, settings)
    shape = tuple(int(size) for size in input_shape)
    is_picture = picture if picture is not None else len(shape) == 3 or (len(shape) == 2 and network.axes == PICTURE)
    try:
        return network.build(values, n_labels, InputForm(shape, is_picture))
    except (RuntimeError, ValueError, TypeError) as cause:  # torch's own words, of sizes that no memory holds
        if not settings:
            raise  # what fails with a network's own settings is no user's fault
        why = str(cause).partition("\n")[0]
        raise UsageError(f"{name} cannot be made with {_said(settings)}: {why}. Take smaller settings.") from cause


def network_settings(name: str, values: Mapping[str, Any]) -> Any:
    """Return a network's settings with some values changed.

    Parameters
    ----------
    name : str
        One of `NETWORKS`.
    values : mapping
        The changes. A setting that is a share is from 0 to 1; one that counts is at least 1, or 0 where its default is.

    Raises
    ------
    UsageError
        A key that is not known, or a value that does not fit.

    Examples
    --------
    >>> network_settings("fma-cnn", {"dropout": 0.25}).dropout
    0.25
    >>> network_settings("fma-cnn", {"dropout": 25})
    Traceback (most recent call last):
    genrescope.errors.UsageError: fma-cnn: dropout is a share from 0 to 1; got 25.0.
    """
    own = NETWORKS[name].settings
    settings = with_values(name, own, dict(values))
    for key in values:
        default, value = getattr(own, key), getattr(settings, key)
        if isinstance(default, float) and not 0 <= value <= 1:
            raise UsageError(f"{name}: {key} is a share from 0 to 1; got {value}.")
        if type(default) is int and value < (least := min(default, 1)):
            raise UsageError(f"{name}: {key} is a whole number of at least {least}; got {value}.")
    return settings


def _said(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value!r}" for key, value in settings.items())

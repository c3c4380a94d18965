"""A network under musicnn's front end hears what that front end makes of a waveform."""

import torch
from torch import nn

from genrescope.features.logmel import MUSICNN
from genrescope.features.logmel_layer import LogMel
from genrescope.models._logmel_trunk import LogMelTrunk


def test_a_network_is_given_log_mel() -> None:
    waveform = 0.1 * torch.randn(2, 16_000)
    assert torch.equal(LogMelTrunk(nn.Identity())(waveform), LogMel(MUSICNN)(waveform))

"""What all networks share: standardised inputs."""

import torch

from genrescope.models._network import LEAST_SPREAD, Standardise


def _learned(x: torch.Tensor, *, alike: bool = False) -> Standardise:
    standardise = Standardise(x.shape[1], alike=alike)
    standardise(x)
    return standardise.eval()


def test_what_was_seen_has_mean_0_and_deviation_1() -> None:
    torch.manual_seed(0)
    x = torch.randn(500, 3, 4) * torch.tensor([1.0, 2.0, 4.0]).view(1, 3, 1) + 7
    seen = _learned(x)(x)
    assert torch.allclose(seen.mean(dim=(0, 2)), torch.zeros(3), atol=1e-4)
    assert torch.allclose(seen.std(dim=(0, 2)), torch.ones(3), atol=1e-2)


def test_an_entry_that_hardly_ever_spoke_is_not_made_loud() -> None:
    torch.manual_seed(0)
    x = torch.randn(100, 4)
    x[:, 3] = 0
    later = _learned(x, alike=True)(torch.tensor([[0.0, 0.0, 0.0, 1.0]]))[0]
    assert later[3] < 1.1 / (LEAST_SPREAD * 0.75) < 20


def test_nothing_but_silence_has_no_deviation_and_no_error() -> None:
    assert torch.isfinite(_learned(torch.zeros(4, 2), alike=True)(torch.ones(1, 2))).all()

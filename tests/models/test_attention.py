"""Attention weighs steps, and the track's answer is what they say, weighed."""

import torch

from genrescope.models._attention import AttentionEnd, dense_steps


def test_a_step_that_attention_prefers_decides() -> None:
    torch.manual_seed(0)
    end = AttentionEnd(6, 0.3, 3).eval()
    steps = torch.randn(2, 5, 6)
    steps[:, 3] = 100 * end.attention.weight[0]
    assert torch.allclose(end.weights(steps)[:, 3], torch.ones(2, 1))
    logits, embedding = end(steps)
    assert torch.allclose(embedding, steps[:, 3], atol=1e-4)
    assert torch.allclose(logits.softmax(dim=1), end.over_time(steps)[:, 3].exp(), atol=1e-4)


def test_each_step_has_its_own_dense_layer_s_answer() -> None:
    layer = dense_steps(4, 7, 0.5, "relu").eval()
    x = torch.randn(2, 4, 5)
    assert torch.allclose(layer(x)[:, :, 2:3], layer(x[:, :, 2:3]), atol=1e-6)

"""The end of our own networks: numbers of each step to a sequence, attention over it, genres."""

from torch import Tensor, nn

from genrescope.models._network import Activation, activation


def dense_steps(n_in: int, n_out: int, dropout: float, name: Activation) -> nn.Sequential:
    """Return one dense layer on each step, (n, n_in, n_steps) to (n, n_out, n_steps), after dropout."""
    return nn.Sequential(
        nn.BatchNorm1d(n_in),
        nn.Dropout(dropout),
        nn.Conv1d(n_in, n_out, 1, bias=False),
        nn.BatchNorm1d(n_out),
        activation(name),
    )


class AttentionEnd(nn.Module):
    """Attention that weighs steps, and the genres of what it gathers.

    Parameters
    ----------
    n_embedding : int
        Numbers of a step.
    dropout : float
        Share of the embedding that each training step leaves out.
    n_labels : int
        Genres.
    """

    def __init__(self, n_embedding: int, dropout: float, n_labels: int) -> None:
        super().__init__()
        self.attention = nn.Linear(n_embedding, 1)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(n_embedding, n_labels)

    def forward(self, steps: Tensor) -> tuple[Tensor, Tensor]:
        """(n, n_steps, n_embedding) to logits (n, n_labels) and embeddings (n, n_embedding)."""
        embedding = (self.weights(steps) * steps).sum(dim=1)
        return self.output(self.dropout(embedding)), embedding

    def weights(self, steps: Tensor) -> Tensor:
        """Return each step's weight, (n, n_steps, 1), which sum to 1."""
        return self.attention(steps).softmax(dim=1)

    def over_time(self, steps: Tensor) -> Tensor:
        """Return log-probabilities, shape (n, n_steps, n_labels).

        The track's answer is the softmax of their mean, weighed by attention.
        """
        return self.output(steps).log_softmax(dim=-1)

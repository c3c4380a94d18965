"""Several models that answer as one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from genrescope.card import ModelCard
from genrescope.errors import ModelError
from genrescope.records import FloatArray
from genrescope.runtime.session import Engine, Outputs

_SHARED = ("labels", "sample_rate_hz", "window_s", "hop_s")


class Ensemble:
    """Models whose probabilities are averaged.

    Parameters
    ----------
    members : sequence of Engine
        At least two, with the same labels, rate, window and hop.

    Raises
    ------
    ModelError
        Where the members do not fit together.
    """

    def __init__(self, members: Sequence[Engine]) -> None:
        self._members = tuple(members)
        self.card = joint_card([member.card for member in members])

    def run(self, blocks: FloatArray) -> Outputs:
        """Run every member on the same blocks; embeddings are put side by side, the rest is averaged."""
        outputs = [member.run(blocks) for member in self._members]
        embeddings = [output.embedding for output in outputs if output.embedding is not None]
        return Outputs(
            probabilities=_mean([output.probabilities for output in outputs]),
            embedding=np.concatenate(embeddings, axis=-1) if embeddings else None,
            voice=_mean_known([output.voice for output in outputs]),
            speech=_mean_known([output.speech for output in outputs]),
        )


def _mean(values: Sequence[FloatArray]) -> FloatArray:
    return np.asarray(np.mean(np.stack(values), axis=0), dtype=np.float32)


def _mean_known(values: Sequence[FloatArray | None]) -> FloatArray | None:
    """Average over the members that know."""
    known = [value for value in values if value is not None]
    return _mean(known) if known else None


def joint_card(cards: Sequence[ModelCard]) -> ModelCard:
    """Say of all members together what a card says of one."""
    first = cards[0]
    for other in cards[1:]:
        for name in _SHARED:
            ours, theirs = getattr(first, name), getattr(other, name)
            if ours != theirs:
                raise ModelError(
                    f"'{first.name}' and '{other.name}' cannot answer as one: their {name} differ ({ours}; {theirs}); "
                    "use one of them alone."
                )
    thresholds = [card.speech_above for card in cards if card.speech_above is not None]
    return replace(
        first,
        name="+".join(card.name for card in cards),
        unsure_below=sum(card.unsure_below for card in cards) / len(cards),
        speech_above=sum(thresholds) / len(thresholds) if thresholds else None,
        licence=" AND ".join(dict.fromkeys(card.licence for card in cards)),
        notices="\n\n".join(dict.fromkeys(card.notices for card in cards if card.notices)),
        embedding_size=sum(card.embedding_size for card in cards),
        calibration={card.name: card.calibration for card in cards},
        data={card.name: card.data for card in cards},
        recipe="\n".join(card.recipe for card in cards if card.recipe),
        scores=[],  # nobody measured the members together
    )

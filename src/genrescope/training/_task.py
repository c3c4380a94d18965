"""What Lightning is told: loss, metrics and optimizer of a genre network."""

from functools import partial
from typing import TYPE_CHECKING, Any

import lightning
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from genrescope.errors import ModelError
from genrescope.models._network import GenreNetwork
from genrescope.training.batches import Batch, Batches, Share
from genrescope.training.examples import Examples
from genrescope.training.fit_settings import FitSettings

if TYPE_CHECKING:
    from genrescope.training.fit import Fitted

_OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
    "adadelta": torch.optim.Adadelta,
    "adagrad": torch.optim.Adagrad,
}


class DivergedError(ModelError):
    """A loss is no number any more; what was learned until the last whole epoch is kept.

    Attributes
    ----------
    fitted : Fitted or None
        What is kept, where an epoch was whole before it.
    """

    fitted: "Fitted | None" = None


class Sums:
    """Loss and accuracy over an epoch's examples, of all processes."""

    def __init__(self) -> None:
        self.loss = self.right = self.n = torch.zeros((), dtype=torch.float64)

    def add(self, loss: Tensor, logits: Tensor, targets: Tensor) -> None:
        """Count a batch; with several genres a track, the highest one is right where it is among them."""
        n = len(logits)
        best = logits.argmax(dim=1, keepdim=True)
        most = targets.max(dim=1, keepdim=True).values
        right = (targets.gather(1, best) >= most).sum()
        self.loss = self.loss + loss.detach().double().cpu() * n
        self.right = self.right + right.double().cpu()
        self.n = self.n + n

    def means(self, task: lightning.LightningModule) -> tuple[float, float]:
        """Return loss and accuracy."""
        sums = torch.stack([self.loss, self.right, self.n])
        total = task.trainer.strategy.reduce(sums.to(task.device, torch.float32), reduce_op="sum").double()
        return float(total[0] / total[2]), float(total[1] / total[2])


class GenreTask(lightning.LightningModule):
    """A network that learns genres.

    Parameters
    ----------
    network : GenreNetwork
        With its first weights.
    training, validation : Examples
        `validation` may be None.
    settings : FitSettings
        How it learns.
    seed : int
        Of batch order, augmentation and dropout.
    """

    def __init__(
        self,
        network: GenreNetwork,
        training: Examples,
        validation: Examples | None,
        settings: FitSettings,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = network
        self.average: AveragedModel | None = None
        if settings.ema:
            self.average = AveragedModel(network, multi_avg_fn=partial(_follow, settings.ema), use_buffers=True)
            self.average.requires_grad_(False)  # several processes would wait for its gradients
        self.training_part, self.validation_part = training, validation
        self.settings, self.seed = settings, seed
        self.balance = _balance(training) if settings.class_weights else None
        self.heard, self.checked = Sums(), Sums()
        self.batches: Batches | None = None
        self.means = (float("nan"), float("nan"))
        self.waited_s = 0.0
        self._last: Batch | None = None

    @property
    def result(self) -> torch.nn.Module:
        """The network that answers: the average, where one is kept."""
        return self.network if self.average is None else self.average.module

    # ------------------------------------------------------------------------------------------------------- batches

    def train_dataloader(self) -> Batches:
        """Return the batches of the present epoch; Lightning asks anew for each."""
        self.batches = Batches(
            self.training_part,
            self.settings.batch_size,
            seed=self.seed,
            epoch=self.current_epoch,
            augmentation=self.settings,
            time_axis=2 if self.network.form.picture else 1,
            share=self._share,
        )
        return self.batches

    def val_dataloader(self) -> Batches | list[Batches]:
        """Return the validation part as it is."""
        if self.validation_part is None:
            return []
        return Batches(self.validation_part, self.settings.batch_size, share=self._share)

    @property
    def _share(self) -> Share:
        return Share(self.trainer.global_rank, self.trainer.world_size)

    # ---------------------------------------------------------------------------------------------------------- loss

    def on_train_epoch_start(self) -> None:
        """Draw dropout from (seed, epoch), so that a resumed epoch is the unbroken one."""
        torch.manual_seed(int(np.random.SeedSequence((self.seed, self.current_epoch)).generate_state(1)[0]))
        self.heard = Sums()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of a batch."""
        logits = self.network(batch.x).float()
        loss = self._loss(logits, batch.targets, smoothing=self.settings.label_smoothing)
        if not torch.isfinite(loss):
            where = f", batch {batch_idx + 1} of {len(self.batches or ())}: the loss is no number any more"
            raise DivergedError(self._diverged(where, self.training_part, batch))
        self.heard.add(loss, logits, batch.targets)
        self._last = batch
        return loss + self._l2()

    def on_train_batch_end(self, *told: Any) -> None:
        """Let the average follow the weights."""
        if self.average is not None and (told[-1] + 1) % self.settings.accumulate == 0:
            self.average.update_parameters(self.network)

    def on_train_epoch_end(self) -> None:
        """Refuse weights that the last step broke, before anything is kept; tell Lightning's log how it learned."""
        self._check_weights()
        if not self.validation_part:  # else that part was just answered with them
            self._check_answers()
        self.means = self.heard.means(self)
        told = dict(zip(("training_loss", "training_accuracy"), self.means, strict=True))
        self.log_dict({**told, "learning_rate": self.trainer.optimizers[0].param_groups[0]["lr"]})

    def _check_weights(self) -> None:
        broken = [name for name, value in self.result.state_dict().items() if not torch.isfinite(value).all()]
        if broken:
            where = f": its last step left weights that are not finite ({', '.join(broken[:3])})"
            raise DivergedError(self._diverged(where, self.training_part, None))

    def _check_answers(self) -> None:
        """Answer one track once more: weights may be finite, and so large that no answer is."""
        if self._last is None:
            return
        network, batch = self.result, self._last
        learning = network.training
        network.eval()
        with torch.no_grad(), self.trainer.precision_plugin.forward_context():
            logits = network(batch.x[:1]).float()
        network.train(learning)
        if not (torch.isfinite(logits).all() and torch.isfinite(self._loss(logits, batch.targets[:1]))):
            where = ": its last step left weights whose answers are no numbers"
            raise DivergedError(self._diverged(where, self.training_part, batch))

    def on_validation_epoch_start(self) -> None:
        """Begin to count."""
        self.checked = Sums()

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Count a batch's loss and right answers."""
        logits = self.result(batch.x).float()
        loss = self._loss(logits, batch.targets)
        if not torch.isfinite(loss):
            where = f": the validation loss is {float(loss)} in batch {batch_idx + 1} of the validation part"
            raise DivergedError(self._diverged(where, self.validation_part, batch))
        self.checked.add(loss, logits, batch.targets)

    def on_validation_epoch_end(self) -> None:
        """Tell Lightning what is watched."""
        loss, accuracy = self.checked.means(self)
        if not np.isfinite(loss):
            raise DivergedError(self._diverged(f": the validation loss is {loss}", self.validation_part, None))
        self.log_dict({"validation_loss": loss, "validation_accuracy": accuracy})

    def _loss(self, logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        if self.training_part.multi_label:
            soft = targets * (1 - smoothing) + smoothing / 2
            weight = None if self.balance is None else self.balance.to(logits.device)
            return functional.binary_cross_entropy_with_logits(logits, soft, weight=weight)
        if self.balance is not None:
            each = functional.cross_entropy(logits, targets, label_smoothing=smoothing, reduction="none")
            weights = targets @ self.balance.to(targets.device)
            return (each * weights).sum() / weights.sum()
        return functional.cross_entropy(logits, targets, label_smoothing=smoothing)

    def _l2(self) -> Tensor | float:
        if not self.settings.l2:
            return 0.0
        weights = [
            weight
            for name, weight in self.network.named_parameters()
            if weight.requires_grad and weight.ndim > 1 and "output" not in name.split(".")
        ]
        return self.settings.l2 * torch.stack([weight.square().sum() for weight in weights]).sum()

    def _diverged(self, where: str, part: Examples | None, batch: Batch | None) -> str:
        """Say what broke, on which tracks, what can be done, and what is left."""
        tracks, cause = "", f"lower the learning_rate ({self.settings.learning_rate:g})"
        if part is not None and batch is not None:
            broken = _not_finite(part, batch)
            if broken:
                cause = "its inputs hold numbers that are not finite: check the data"
            tracks = f" (tracks {_some([part.ids[row] for row in broken or batch.rows.tolist()])})"
        kept = "No epoch was whole yet: nothing was learned, and nothing is kept."
        if self.current_epoch:
            kept = "The weights of the last whole epoch are kept."
        return f"epoch {self.current_epoch + 1}{where}{tracks}; {cause}. {kept}"

    # ----------------------------------------------------------------------------------------------------- optimizer

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return the optimizer, and the course of its learning rate."""
        settings = self.settings
        learning = [weight for weight in self.network.parameters() if weight.requires_grad]
        more: dict[str, Any] = {"momentum": settings.momentum} if settings.optimizer == "sgd" else {}
        kind: Any = _OPTIMIZERS[settings.optimizer]
        optimizer = kind(learning, lr=settings.learning_rate, weight_decay=settings.weight_decay, **more)
        if settings.schedule == "constant":
            return optimizer
        steps = -(-len(self.train_dataloader()) // settings.accumulate) * settings.epochs
        if settings.schedule == "one-cycle" and steps < 3:
            return optimizer  # no step would be left between its two ends: it is the rate that was asked for
        course = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        if settings.schedule == "one-cycle":
            rate, begins = settings.learning_rate, max(0.1, 2 / steps)
            momentum = settings.optimizer in {"adam", "adamw"} or settings.momentum > 0
            course = torch.optim.lr_scheduler.OneCycleLR(
                optimizer, rate, steps, pct_start=min(begins, 0.5), cycle_momentum=momentum
            )  # type: ignore[assignment]
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": course, "interval": "step"}}


def _follow(share: float, averaged: Any, current: Any, n: Any) -> None:
    """Move an average; a function of the module, since torch's own cannot be handed to another process."""
    get_ema_multi_avg_fn(share)(averaged, current, n)


def _not_finite(part: Examples, batch: Batch) -> list[int]:
    """Return the rows whose input holds NaN or infinity: as read, since mixup spreads one track's over another."""
    read = torch.from_numpy(np.array(part.inputs.batch(batch.rows.cpu().numpy())))
    for x in (read, batch.x):
        bad = ~torch.isfinite(x.float()).flatten(1).all(dim=1).cpu()
        if bad.any():
            return batch.rows.cpu()[bad].tolist()
    return []


def _some(ids: list[str]) -> str:
    return ", ".join(dict.fromkeys(ids[:5])) + (", …" if len(ids) > 5 else "")


def _balance(training: Examples) -> Tensor:
    """Return a weight for each genre, 1 in the mean over the examples; genres without an example get 0."""
    n_labels = len(training.labels)
    several = training.multi_label
    counts = training.targets.sum(axis=0) if several else np.bincount(training.targets, minlength=n_labels)
    present = counts > 0
    weights = np.where(present, counts.sum() / (np.maximum(counts, 1) * present.sum()), 0)
    return torch.from_numpy(weights.astype(np.float32))

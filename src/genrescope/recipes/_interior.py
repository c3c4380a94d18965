"""A linear support vector machine by an interior-point method: libsvm's answer, where its own solver takes minutes.

libsvm changes two multipliers at a time. For a linear kernel on columns that overlap much it needs tens of millions of
such steps; Newton's method needs about thirty, and each costs one product of the rows with themselves, because the
kernel matrix has no more rank than there are columns.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_STEPS = 100
NEAR_EDGE = 0.99
"""How much of the way to the edge of what is allowed a step may go."""


@dataclass(frozen=True)
class Plane:
    """A plane between two genres: `weights` (n_columns,), `bias`; above it lies the first genre."""

    weights: Floats
    bias: float


def separate(rows: Floats, sides: Floats, cost: float, tolerance: float = 1e-6) -> Plane:
    """Return the plane of the soft-margin support vector machine with the hinge loss.

    It solves the dual problem: the smallest ``½ αᵀQα - Σα`` with ``Q = ZZᵀ``, the rows of ``Z`` being the examples
    times their side, ``0 ≤ α ≤ cost`` and ``Σ α·side = 0``.

    Parameters
    ----------
    rows : ndarray, shape (n, n_columns)
        The examples.
    sides : ndarray, shape (n,)
        1 and -1.
    cost : float
        Price of an example on the wrong side (scikit-learn's ``C``).
    tolerance : float
        Where the gap between the primal and the dual problem ends the search, as a share of the objective.

    Raises
    ------
    ArithmeticError
        It does not converge.

    References
    ----------
    M. C. Ferris and T. S. Munson, Interior-point methods for massive support vector machines, SIAM Journal on
    Optimization 13(3), 2002; the predictor and corrector are Mehrotra's (SIAM Journal on Optimization 2(4), 1992).
    """
    if rows.shape[1] > len(rows):  # few examples span few directions; in their own coordinates the work is small
        directions, coordinates = np.linalg.qr(rows.T)
        plane = separate(coordinates.T, sides, cost, tolerance)
        return Plane(directions @ plane.weights, plane.bias)
    state = _State(rows * sides[:, None], sides, cost)
    for _ in range(MAX_STEPS):
        if state.gap <= tolerance:
            return Plane(state.alpha @ state.signed, state.bias)
        state.step()
    raise ArithmeticError(f"the linear support vector machine did not converge in {MAX_STEPS} steps")


class _State:
    """Where the search is: the multipliers, the bias, and the prices of both bounds on each multiplier."""

    def __init__(self, signed: Floats, sides: Floats, cost: float) -> None:
        self.signed, self.sides, self.cost = signed, sides, cost
        n_positive = np.count_nonzero(sides > 0)
        n_negative = len(sides) - n_positive
        # Half of what both sides can balance: inside the bounds, and the sum over the sides is zero.
        most = cost * min(n_positive, n_negative) / 2
        self.alpha: Floats = np.where(sides > 0, most / n_positive, most / n_negative)
        self.bias = 0.0
        self.low: Floats = np.ones(len(sides))
        self.high: Floats = np.ones(len(sides))

    @property
    def gap(self) -> float:
        """How far the primal and dual objectives are apart, as a share of them; infinite while no point is feasible."""
        weights = self.alpha @ self.signed
        square = float(weights @ weights)
        slack = np.maximum(0.0, 1.0 - self.signed @ weights - self.sides * self.bias)
        primal, dual = square / 2 + self.cost * float(slack.sum()), float(self.alpha.sum()) - square / 2
        return (primal - dual) / (1.0 + abs(primal))

    def step(self) -> None:
        """Go one step of the predictor and the corrector."""
        room = self.cost - self.alpha
        diagonal = self.low / self.alpha + self.high / room
        solve = _Newton(self.signed, self.sides, diagonal)
        slope = self.signed @ (self.alpha @ self.signed) - 1.0 + self.sides * self.bias
        balance = float(self.sides @ self.alpha)
        mu = float(self.low @ self.alpha + self.high @ room) / (2 * len(room))
        predicted = self._direction(solve, slope, balance, room, (0.0, 0.0, 0.0))
        reach = self._reach(predicted, room)
        after = self._mu_after(predicted, reach, room)
        d_alpha, _, d_low, d_high = predicted
        centre = mu * (after / mu) ** 3
        direction = self._direction(solve, slope, balance, room, (centre, d_alpha * d_low, -d_alpha * d_high))
        reach = NEAR_EDGE * self._reach(direction, room)
        self.alpha = self.alpha + reach * direction[0]
        self.bias += reach * direction[1]
        self.low = self.low + reach * direction[2]
        self.high = self.high + reach * direction[3]

    def _direction(
        self, solve: "_Newton", slope: Floats, balance: float, room: Floats, aim: tuple[float, Any, Any]
    ) -> tuple[Floats, float, Floats, Floats]:
        """Return the changes of the multipliers, the bias and the prices towards products of `aim`."""
        centre, low_product, high_product = aim
        to_low = (centre - low_product) / self.alpha
        to_high = (centre - high_product) / room
        d_alpha, d_bias = solve(-slope + to_low - to_high, -balance)
        d_low = to_low - self.low - self.low / self.alpha * d_alpha
        d_high = to_high - self.high + self.high / room * d_alpha
        return d_alpha, d_bias, d_low, d_high

    def _reach(self, direction: tuple[Floats, float, Floats, Floats], room: Floats) -> float:
        """Return how far one may go before something that is positive becomes zero; at most 1."""
        d_alpha, _, d_low, d_high = direction
        pairs = ((self.alpha, d_alpha), (room, -d_alpha), (self.low, d_low), (self.high, d_high))
        return min(1.0, *(float((-value[change < 0] / change[change < 0]).min(initial=1.0)) for value, change in pairs))

    def _mu_after(self, direction: tuple[Floats, float, Floats, Floats], reach: float, room: Floats) -> float:
        d_alpha, _, d_low, d_high = direction
        low = (self.low + reach * d_low) @ (self.alpha + reach * d_alpha)
        high = (self.high + reach * d_high) @ (room - reach * d_alpha)
        return float(low + high) / (2 * len(room))


class _Newton:
    """Solves ``(Q + D) x + side·b = r, side·x = s`` for x and b, by way of a matrix with a row a column of Z."""

    def __init__(self, signed: Floats, sides: Floats, diagonal: Floats) -> None:
        from scipy.linalg import cho_factor, cho_solve
        from scipy.linalg.blas import dsyrk

        self._signed, self._inverse, self._cho_solve, self._sides = signed, 1.0 / diagonal, cho_solve, sides
        scaled = signed * np.sqrt(self._inverse)[:, None]
        small = dsyrk(1.0, scaled.T, lower=0)  # only the upper half is computed, and read
        small.flat[:: len(small) + 1] += 1.0
        self._factor = cho_factor(small, lower=False, overwrite_a=True, check_finite=False)
        self._of_sides = self._without_bias(sides)
        self._sides_square = float(sides @ self._of_sides)

    def __call__(self, right: Floats, balance: float) -> tuple[Floats, float]:
        found = self._without_bias(right)
        bias = (float(self._sides @ found) - balance) / self._sides_square
        return found - bias * self._of_sides, bias

    def _without_bias(self, right: Floats) -> Floats:
        scaled = self._inverse * right
        inner = self._cho_solve(self._factor, scaled @ self._signed, check_finite=False)
        found: Floats = scaled - self._inverse * (self._signed @ inner)
        return found

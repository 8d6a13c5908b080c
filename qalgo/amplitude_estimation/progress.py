"""How far an estimation is, shown while it runs."""

from __future__ import annotations

import math
from typing import Any

from qalgo.amplitude_estimation.estimator import Estimator
from qalgo.resources import QueryCount

__all__ = ["ProgressBar"]


class ProgressBar:
    """A tqdm bar of the half-width on a log scale, or nothing."""

    def __init__(self, shown: bool, epsilon: float) -> None:
        self._bar: Any = None
        self._epsilon = epsilon
        if shown:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=100, unit="%", desc="amplitude estimation", leave=False)

    def show(self, spent: QueryCount, estimator: Estimator) -> None:
        """Move to the half-width reached."""
        if self._bar is None:
            return
        width = min(0.5, max(estimator.bracket().interval.half_width, self._epsilon))
        self._bar.n = round(100 * math.log(0.5 / width) / math.log(0.5 / self._epsilon))
        self._bar.set_postfix(queries=spent.state_preparation, half_width=f"{width:.2g}")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()

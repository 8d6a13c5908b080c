"""What a linear system costs in gates, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qalgo.qsvt.linear_system_result import LinearSystemSolution

__all__ = ["LinearSystemCost", "linear_system_cost"]


@dataclass(frozen=True, slots=True)
class LinearSystemCost:
    """CX on the basis cx, rz, sx, x at level 3, all qubits connected. Parts are transpiled alone and add up roughly."""

    cx: int
    """The whole run."""
    preparation_cx: int
    """Preparation of |b>."""
    encoding_cx: int
    """One use of the block encoding."""
    phases_cx: float
    """Per use: what the whole has beyond the preparation and the uses (phases about the projector), divided by them.

    Negative where neighbouring uses cancel in part, as the basis changes of a dense encoding do."""
    degree: int
    depth: int
    qubits: int
    success_probability: float
    expected_cx: float
    """CX / p: per accepted run, by repetition."""
    amplified_cx: float
    """(2k + 1) CX / success of the plan: per accepted run, without the reflections between the uses."""
    extrapolated: bool
    """Whether ``cx`` and ``depth`` are those of two shorter runs, continued linearly to the degree."""

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __str__(self) -> str:
        how = " (extrapolated from two shorter runs)" if self.extrapolated else ""
        return "\n".join(
            (
                f"one run: {self.cx:,} CX, depth {self.depth:,}, {self.qubits} qubits{how}",
                f"  |b>          {self.preparation_cx:,} CX",
                f"  encoding     {self.encoding_cx:,} CX x {self.degree:,} uses",
                f"  phases       {self.phases_cx:.3g} CX per use"
                + (" (neighbouring uses cancel in part)" if self.phases_cx < 0 else ""),
                f"  repeated     {self.expected_cx:.4g} CX / p at p = {self.success_probability:.4g}",
                f"  amplified    {self.amplified_cx:.4g} CX per accepted run",
            )
        )


def linear_system_cost(solution: LinearSystemSolution) -> LinearSystemCost:
    """Count the run and its parts; see :meth:`LinearSystemSolution.cost`."""
    from qalgo.qsvt.run_counts import count_solution_run
    from qalgo.resources import cost_of

    parts = solution._built()
    whole = count_solution_run(solution)
    preparation, encoding = cost_of(parts.preparation).cx, cost_of(parts.encoding.circuit).cx
    degree, plan = solution.degree, solution.amplification
    return LinearSystemCost(
        cx=whole.cx,
        preparation_cx=preparation,
        encoding_cx=encoding,
        phases_cx=(whole.cx - preparation - degree * encoding) / max(1, degree),
        degree=degree,
        depth=whole.depth,
        qubits=whole.qubits,
        success_probability=plan.probability,
        expected_cx=whole.cx / plan.probability,
        amplified_cx=whole.cx * (2 * plan.rounds + 1) / plan.success,
        extrapolated=whole.extrapolated,
    )

"""The exceptions of qalgo, re-exported from the circuit layer so that users need one place only."""

from circuits.errors import ConvergenceError, ExecutionError, ProblemError, QalgoError

__all__ = ["ConvergenceError", "ExecutionError", "ProblemError", "QalgoError"]

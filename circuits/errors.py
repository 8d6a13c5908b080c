"""The exceptions of qalgo. Every message says what was given, what is allowed and what to do."""

__all__ = ["ConvergenceError", "ExecutionError", "ProblemError", "QalgoError"]


class QalgoError(Exception):
    """Base class of all errors that qalgo raises on purpose."""


class ProblemError(QalgoError, ValueError):
    """The problem as stated cannot be solved: a value, shape, file or circuit is not acceptable."""


class ExecutionError(QalgoError, RuntimeError):
    """A circuit could not be run: missing device, too little memory, a sampler that refused."""


class ConvergenceError(QalgoError, RuntimeError):
    """A numerical method ended without the accuracy that was asked for."""

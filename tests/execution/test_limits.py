"""Width and memory: refused before anything is allocated."""

import pytest

from qalgo.errors import ExecutionError
from qalgo.execution import limits


def test_bytes_of_a_state_vector() -> None:
    assert limits.state_vector_bytes(10) == 16 * 1024


def test_memory_of_this_machine_is_plausible() -> None:
    free = limits.available_memory()
    assert free is None or 2**26 < free < 2**46


@pytest.mark.parametrize(("free", "copies", "fits"), [(2**30, 1, 25), (2**30, 2, 24), (2**20, 1, 15)])
def test_the_widest_circuit_that_fits(monkeypatch: pytest.MonkeyPatch, free: int, copies: int, fits: int) -> None:
    monkeypatch.setattr(limits, "available_memory", lambda: free)
    limits.check_state_vector(fits, copies=copies)
    with pytest.raises(ExecutionError, match=f"Allowed here: at most {fits} qubits"):
        limits.check_state_vector(fits + 1, copies=copies, what="A")


def test_absurd_widths_are_refused_even_where_memory_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "available_memory", lambda: None)
    limits.check_state_vector(40)
    with pytest.raises(ExecutionError, match="2\\^5000 amplitudes"):
        limits.check_state_vector(5000)


def test_the_smaller_of_machine_and_container_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_control_group_limit", lambda: 12345)
    assert limits.available_memory() == 12345

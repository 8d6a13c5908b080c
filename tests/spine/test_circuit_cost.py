"""Counts of any circuit: hierarchy, powers and control flow against expanded circuits."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Gate, Parameter
from qiskit.circuit.classical import expr
from qiskit.circuit.library import QFTGate
from qiskit.circuit.random import random_circuit
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.synthesis import synth_qft_full
from qiskit.transpiler import generate_preset_pass_manager

from circuits.reflection import grover_operator
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.errors import ProblemError
from qalgo.fault_tolerance.cost import fault_tolerant_cost
from qalgo.resources import CircuitCost, cost_of

BASIS = ("cx", "rz", "sx", "x")


def leaves(circuit, qubits=None):
    """Basis gates of a nested circuit in order, with the qubits of the outermost circuit."""
    places = list(range(circuit.num_qubits)) if qubits is None else qubits
    for instruction in circuit.data:
        inner = [places[circuit.find_bit(qubit).index] for qubit in instruction.qubits]
        if type(instruction.operation) is Gate:
            yield from leaves(instruction.operation.definition, inner)
        else:
            yield instruction.operation, inner


def expanded(circuit):
    flat = QuantumCircuit(circuit.num_qubits)
    for operation, qubits in leaves(circuit):
        flat.append(operation, qubits)
    return flat


@st.composite
def nested_circuits(draw, depth=2):
    width = draw(st.integers(2, 4))
    circuit = QuantumCircuit(width)
    parts = [draw(nested_circuits(depth=depth - 1)).to_gate() for _ in range(draw(st.integers(0, 2)))] if depth else []
    for _ in range(draw(st.integers(1, 6))):
        order = draw(st.permutations(range(width)))
        kind = draw(st.sampled_from(["x", "sx", "rz", "cx", *range(len(parts))]))
        if isinstance(kind, int):
            part = parts[kind]
            if part.num_qubits <= width:
                circuit.append(part, order[: part.num_qubits])
        elif kind == "rz":
            circuit.rz(0.37, order[0])
        else:
            getattr(circuit, kind)(*order[: 2 if kind == "cx" else 1])
    return circuit


@settings(max_examples=25, deadline=None)
@given(nested_circuits())
def test_hierarchical_counts_are_those_of_the_expanded_circuit(circuit):
    flat = expanded(circuit)
    cost = cost_of(circuit, optimization_level=0, hierarchical=True)
    assert dict(cost.gates) == dict(flat.count_ops())
    assert (cost.depth, cost.total) == (flat.depth(), flat.size())
    assert cost.cx == flat.num_nonlocal_gates()


def pieces(preparation, iterate, level):
    """A and Q as the documentation says they are transpiled, by Qiskit alone."""
    return [
        generate_preset_pass_manager(
            level, basis_gates=list(BASIS), seed_transpiler=1, qubits_initially_zero=at_start
        ).run(circuit)
        for circuit, at_start in ((preparation, True), (iterate, False))
    ]


def composed(parts):
    """Pieces in a row; qubits that a piece permutes are renamed for the next."""
    circuit = QuantumCircuit(max(part.num_qubits for part in parts))
    places = list(range(circuit.num_qubits))
    for part in parts:
        circuit.compose(part, [places[index] for index in range(part.num_qubits)], inplace=True)
        if part.layout is not None:
            moved = part.layout.routing_permutation()
            places = [places[moved[index]] for index in range(part.num_qubits)] + places[part.num_qubits :]
    return circuit


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 3), st.sampled_from([0, 1, 2, 3]))
def test_a_power_costs_what_its_composed_pieces_cost(seed, width, level):
    random = np.random.default_rng(seed)
    preparation = random_circuit(width, 3, max_operands=2, seed=seed)
    if random.integers(2):
        preparation.swap(0, 1)
    problem = EstimationProblem(preparation, [int(random.integers(width))])
    first, again = pieces(preparation, problem.grover_operator, level)
    for power in range(7):
        whole = composed([first, *[again] * power])
        cost = cost_of(problem, optimization_level=level, power=power)
        assert dict(cost.gates) == dict(whole.count_ops())
        assert cost.depth == whole.depth()
        assert (cost.total, cost.cx) == (whole.size(), whole.num_nonlocal_gates())


def test_an_iterate_borrows_no_qubits_that_hold_data():
    uniform = QuantumCircuit(6)
    uniform.h(range(6))
    # Q starts with a Z on four qubits; qubits 4 and 5 look idle there, but are not |0> in the middle of a circuit.
    problem = EstimationProblem(uniform, [0, 1, 2, 3])
    first, again = pieces(uniform, problem.grover_operator, 3)
    found, wanted = cost_of(problem, power=2), composed([first, again, again])
    assert (dict(found.gates), found.depth) == (dict(wanted.count_ops()), wanted.depth())
    assert found.total > cost_of(problem.grover_operator).total * 2


def test_swaps_at_the_end_of_a_piece_rename_qubits():
    # Q rotates qubit 0 and moves it away: three qubits take turns, so that one layer serves three iterates.
    iterate = QuantumCircuit(3)
    iterate.sx(0)
    iterate.swap(0, 1)
    iterate.swap(1, 2)
    problem = EstimationProblem(QuantumCircuit(3), [0], grover_operator=iterate)
    first, again = pieces(problem.state_preparation, iterate, 3)
    assert again.layout.routing_permutation() != [0, 1, 2]
    cost = cost_of(problem, power=9)
    assert cost.depth == composed([first, *[again] * 9]).depth()
    assert cost.cx == 0


def test_counts_are_exact_integers_at_any_power():
    circuit = QuantumCircuit(QuantumRegister(2, "state"), QuantumRegister(1, "objective"))
    circuit.h([0, 1])
    circuit.ccx(0, 1, 2)
    one, two = (cost_of(circuit, power=power) for power in (1, 2))
    for power in (10**12, 10**30):
        cost = cost_of(circuit, power=power)
        assert cost.cx == one.cx + (power - 1) * (two.cx - one.cx)
        assert cost.total == one.total + (power - 1) * (two.total - one.total)
        assert cost.counts.toffoli == one.counts.toffoli + (power - 1) * (two.counts.toffoli - one.counts.toffoli)
        assert cost.power == power
    assert cost_of(circuit, power=1, objective_qubits=[2]) == one


def test_the_iterate_of_a_plain_circuit_is_that_of_the_library():
    circuit = QuantumCircuit(2)
    circuit.ry(0.4, 0)
    circuit.cx(0, 1)
    problem = EstimationProblem(circuit, [1])
    assert cost_of(circuit, power=3, objective_qubits=[1]) == cost_of(problem, power=3)
    wide = QuantumCircuit(6)
    wide.h(range(5))
    wide.mcx([0, 1, 2, 3, 4], 5)
    with_work = EstimationProblem(wide, [5], grover_operator=grover_operator(wide, [5], work_qubits=1))
    found, wanted = cost_of(wide, power=3, objective_qubits=[5]), cost_of(with_work, power=3)
    assert (found.gates, found.depth, found.qubits) == (wanted.gates, wanted.depth, wanted.qubits)
    # The logical counts of Q keep its reflection whole: 4 ANDs, and and 4 in each use of A.
    assert found.counts.toffoli == 3 * (4 + 2 * 4) + 4


@pytest.mark.parametrize("circuit", [synth_qft_full(10), None], ids=["synthesised", "gate"])
def test_the_textbook_fourier_transform_with_its_swaps(circuit):
    if circuit is None:
        circuit = QuantumCircuit(10)
        circuit.append(QFTGate(10), range(10))
    cost = cost_of(circuit)
    assert cost.cx == 2 * 45  # its 45 controlled phases; the swaps are a renaming of qubits
    counts = cost.counts
    # Controlled phases are three rotations by half their angle each: by pi/4, T gates, for the nine nearest pairs.
    assert 0 < counts.t + counts.rotations <= 3 * 45
    assert counts.num_qubits == 10


def test_fifty_random_circuits_and_their_round_trip():
    for seed in range(50):
        circuit = random_circuit(4, 6, measure=seed % 2 == 0, conditional=seed % 3 == 0, reset=seed % 5 == 0, seed=seed)
        cost = cost_of(circuit)
        assert 0 < cost.total == sum(count for _, count in cost.gates)
        assert CircuitCost.from_dict(json.loads(json.dumps(cost.to_dict()))) == cost
        assert (cost.notes != ()) == bool({"if_else"} & set(circuit.count_ops()))


def test_transpiled_circuits_with_a_layout():
    circuit = random_circuit(4, 5, max_operands=2, seed=8, measure=True)
    backend = GenericBackendV2(7, coupling_map=[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6]], seed=1)
    isa = transpile(circuit, backend, optimization_level=3, seed_transpiler=2)
    cost = cost_of(isa, basis_gates=("cx", "rz", "sx", "x"), optimization_level=0)
    own = isa.count_ops()
    assert dict(cost.gates) == {name: own[name] for name in BASIS if name in own}
    assert cost.qubits == 7
    assert cost.counts.num_qubits < 7  # only qubits that something acts on
    assert cost.counts.measurements == 4


def looped(body_uses, rounds):
    circuit = QuantumCircuit(2)
    with circuit.for_loop(range(rounds)):
        for gate, qubits in body_uses:
            getattr(circuit, gate)(*qubits)
    return circuit


def test_a_for_loop_is_its_unrolled_body():
    body = [("sx", [0]), ("cx", [0, 1]), ("t", [1]), ("x", [0])]
    flat = QuantumCircuit(2)
    for _ in range(5):
        for gate, qubits in body:
            getattr(flat, gate)(*qubits)
    found, wanted = (cost_of(circuit, optimization_level=0) for circuit in (looped(body, 5), flat))
    assert (found.gates, found.depth) == (wanted.gates, wanted.depth)
    assert found.counts.t == 5
    assert found.notes == ()


def test_branches_count_as_the_largest_and_while_loops_once():
    circuit = QuantumCircuit(2, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)) as otherwise:
        circuit.x(1)
        circuit.x(1)
    with otherwise:
        circuit.cx(0, 1)
    circuit.reset(0)
    circuit.delay(100, 1)
    with circuit.while_loop((circuit.clbits[0], 1)):
        circuit.sx(0)
        circuit.measure(0, 0)
    cost = cost_of(circuit, optimization_level=0)
    assert dict(cost.gates) == {"cx": 1, "x": 2, "sx": 1, "reset": 1}
    # Longest: CX in the second branch, reset, sx; the first branch has two layers, on a qubit that then waits.
    assert cost.depth == 3
    assert len(cost.notes) == 2
    assert "while_loop" in cost.notes[1]
    assert "while_loop" in str(cost)
    assert cost.counts.measurements == 2


@pytest.mark.parametrize("hierarchical", [False, True])
@pytest.mark.parametrize("leave", ["break_loop", "continue_loop"])
def test_loops_left_early_are_counted_in_full_and_say_so(leave, hierarchical):
    circuit = QuantumCircuit(1, 1)
    with circuit.for_loop(range(3)):
        circuit.t(0)
        circuit.measure(0, 0)
        with circuit.if_test((0, 1)):
            getattr(circuit, leave)()
    cost = cost_of(circuit, optimization_level=0, hierarchical=hierarchical)
    assert (dict(cost.gates), cost.depth) == ({"rz": 3}, 3)
    assert (cost.counts.t, cost.counts.measurements) == (3, 3)
    assert any(leave in note for note in cost.notes)


def test_classical_variables_are_refused_in_words():
    circuit = QuantumCircuit(1, 1)
    flag = circuit.add_var("flag", expr.lift(False))
    circuit.measure(0, 0)
    with circuit.if_test(flag):
        circuit.x(0)
    with pytest.raises(ProblemError, match="classical variables"):
        cost_of(circuit)
    with pytest.raises(ProblemError, match="classical variables"):
        fault_tolerant_cost(circuit)


def test_switch_with_a_loop_beside_composites():
    part = QuantumCircuit(2)
    part.cx(0, 1)
    inner = QuantumCircuit(QuantumRegister(2), ClassicalRegister(2))
    inner.measure([0, 1], [0, 1])
    with inner.switch(inner.cregs[0]) as case:
        with case(0):
            inner.x(0)
        with case(1, 2), inner.for_loop(range(3)):
            inner.append(part.to_gate(), [0, 1])
    inner.append(part.to_gate(), [1, 0])
    flat, hierarchical = (cost_of(inner, optimization_level=0, hierarchical=value) for value in (False, True))
    assert dict(flat.gates) == dict(hierarchical.gates) == {"cx": 4, "x": 1}
    assert flat.depth == hierarchical.depth == 4
    assert flat.counts == hierarchical.counts


def test_logical_counts_see_t_gates_toffolis_and_rotations_as_given():
    circuit = QuantumCircuit(5)
    circuit.h(0)
    for _ in range(4):
        circuit.t(0)
        circuit.h(0)
    circuit.ccx(0, 1, 2)
    circuit.mcx([0, 1, 2, 3], 4)
    circuit.rx(0.2, 3)
    circuit.rz(np.pi / 2, 3)
    counts = cost_of(circuit).counts
    # The level 3 optimiser makes Euler angles of H T H T H; the counts still show four T.
    assert (counts.t, counts.rotations, counts.rotation_depth) == (4, 1, 1)
    assert counts.toffoli == 1 + 3  # a Z with four controls is three ANDs
    assert counts.num_qubits == 5 + 3
    assert counts.measurements == 1 + 3


def test_parameters_stay_rotations():
    circuit = QuantumCircuit(1)
    circuit.rz(Parameter("a"), 0)
    circuit.rz(Parameter("b"), 0)
    assert cost_of(circuit).counts.rotations == 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: cost_of(QuantumCircuit(2), power=2), 'name a register of .* "?.objective'),
        (lambda: cost_of(QuantumCircuit(2), power=-1, objective_qubits=[0]), "power is -1"),
        (lambda: cost_of(QuantumCircuit(2), power=1e9, objective_qubits=[0]), "not 1e9"),
        (lambda: cost_of(QuantumCircuit(2), power=True, objective_qubits=[0]), "power is True"),
        (lambda: cost_of(QuantumCircuit(2, 1), power=2, objective_qubits=[0]), "classical bits|."),
        (lambda: cost_of(QuantumCircuit(2), power=2, objective_qubits=[7]), "objective_qubits"),
        (lambda: cost_of("circuit", power=2), "state_preparation and grover_operator"),
        (lambda: cost_of(EstimationProblem(QuantumCircuit(1), [0])), "give power"),
        (lambda: CircuitCost.from_dict({"qubits": 3}), "schema None"),
    ],
)
def test_bad_input(make, words):
    if words == "classical bits|.":
        circuit = QuantumCircuit(1, 1)
        circuit.measure(0, 0)
        circuit.h(0)
        with pytest.raises(ProblemError, match="classical bits"):
            cost_of(circuit, power=2, objective_qubits=[0])
        return
    with pytest.raises(ProblemError, match=words):
        make()

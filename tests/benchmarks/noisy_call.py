"""The three-qubit call of arXiv:1905.02666, section 5, on a noisy simulator: error of the price, method by method.

    python tests/benchmarks/noisy_call.py [--quick]

The call has strike 1.74 on the four prices fixed at spot 2 (+-3 standard deviations: 1.209, 1.744, 2.278, 2.813); the
eight experiments change the spot, 1.8 to 2.5 in steps of 0.1, and with it the log-normal weights of those prices.
Reference: the expected payoff on the grid. Two circuits for A: the published one (linear payoff angles, c = 0.25) and
qalgo's exact encoding, both on 2 + 1 qubits; Q is qalgo's.

Noise (Aer, density matrix): depolarising after every CX with average gate fidelity 97.8 %, after every one-qubit gate
with 99.7 %, read-out errors 4 % (0 read as 1) and 8 % (1 as 0). The fidelities are the published ones; that read-out
splits like this is an assumption. Each circuit is run 20 x 8192 times, as in the paper; the shots are drawn from the
exact law of the noisy simulation. Read-out is corrected from two calibration circuits of as many shots. "No sampling
error" gives the same with infinitely many shots: what is left there is bias.

Methods: measured as is; the published one (CX folded to 1, 3, 5, quadratic extrapolation, likelihood of k = 0 and 1);
all gates folded; and qalgo's noise-aware likelihood, with a fixed schedule and as ``estimate_amplitude`` runs it. The
extrapolation 15/8, -10/8, 3/8 multiplies the variance by 5.2; the noise-aware likelihood does not extrapolate.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, QuantumError, ReadoutError, depolarizing_error
from qiskit_aer.primitives import SamplerV2
from scipy import stats

import qalgo
from circuits.multiplexed import append_multiplexed_ry
from circuits.states import joint_payoff_state, load_state
from qalgo.amplitude_estimation.noisy_posterior import NoisyPosterior
from qalgo.seeds import Purpose, stream
from qalgo.versions import versions

RESULTS = Path(__file__).parent / "results" / "noisy_call.json"
SEED = 20261124
SPOTS = tuple(round(1.8 + 0.1 * index, 1) for index in range(8))
RATE, VOLATILITY, MATURITY = 0.05, 0.4, 40 / 365
HALF_ANGLE = math.pi * 0.25 / 4
CX_FIDELITY, ONE_QUBIT_FIDELITY, READOUT = 0.978, 0.997, (0.04, 0.08)
SHOTS = 20 * 8192
WEIGHTS = {1: 15 / 8, 3: -10 / 8, 5: 3 / 8}
EPSILON = 5e-3


def price_grid() -> np.ndarray:
    """Return the four prices: mean +- 3 standard deviations of the price at maturity for spot 2."""
    mean = 2.0 * math.exp(RATE * MATURITY)
    deviation = mean * math.sqrt(math.expm1(VOLATILITY**2 * MATURITY))
    return np.linspace(mean - 3 * deviation, mean + 3 * deviation, 4)


def weights(spot: float) -> np.ndarray:
    """Return the probabilities of the four prices: log-normal density there, normalised."""
    scale = spot * math.exp((RATE - VOLATILITY**2 / 2) * MATURITY)
    density = stats.lognorm.pdf(price_grid(), VOLATILITY * math.sqrt(MATURITY), scale=scale)
    return np.asarray(density / density.sum())


def payoffs() -> np.ndarray:
    """Return the payoff at the four prices; the strike is the second of them."""
    grid = price_grid()
    return np.maximum(grid - grid[1], 0.0)


def preparation(encoding: str, spot: float) -> QuantumCircuit:
    """Return A on qubits 0, 1 (price) and 2 (objective)."""
    scaled = payoffs() / payoffs()[-1]
    if encoding == "exact":
        return joint_payoff_state(weights(spot), scaled)
    circuit = QuantumCircuit(3)
    circuit.compose(load_state(np.sqrt(weights(spot))), [0, 1], inplace=True)
    append_multiplexed_ry(circuit, 2 * (math.pi / 4 + HALF_ANGLE * (2 * scaled - 1)), [0, 1], 2)
    return circuit


def price(encoding: str, a: float, *, published_map: bool = False) -> float:
    """Return the price that the probability stands for; the published map reads a sine as its tangent."""
    if encoding == "exact":
        return float(payoffs()[-1] * a)
    slope = 2 * HALF_ANGLE if published_map else math.sin(2 * HALF_ANGLE)
    return float(payoffs()[-1] * 0.5 * (1 + (2 * a - 1) / slope))


def gate_errors() -> dict[str, QuantumError]:
    """Return the error after each gate: a depolarising channel of parameter p has average fidelity 1 - p (1 - 1/d)."""
    return {
        "cx": depolarizing_error((1 - CX_FIDELITY) * 4 / 3, 2),
        "u": depolarizing_error((1 - ONE_QUBIT_FIDELITY) * 2, 1),
    }


def noise_model(*, readout: bool) -> NoiseModel:
    """Return the noise of the gates and, if asked for, of the read-out."""
    model = NoiseModel(basis_gates=["u", "cx"])
    for gate, error in gate_errors().items():
        model.add_all_qubit_quantum_error(error, [gate])
    if readout:
        wrong, missed = READOUT
        model.add_all_qubit_readout_error(ReadoutError([[1 - wrong, wrong], [missed, 1 - missed]]))
    return model


def lowered(problem: qalgo.EstimationProblem, power: int) -> QuantumCircuit:
    """Return Q^power A in u and cx, transpiled as a whole."""
    circuit = problem.state_preparation.copy()
    for _ in range(power):
        circuit = circuit.compose(problem.grover_operator)
    return transpile(circuit, basis_gates=["u", "cx"], optimization_level=3, seed_transpiler=1)


def folded(circuit: QuantumCircuit, times: int, gates: tuple[str, ...]) -> QuantumCircuit:
    """Replace every gate U of the given names by U (U^-1 U)^((times-1)/2), barriers keeping them apart."""
    result = circuit.copy_empty_like()
    for instruction in circuit.data:
        result.append(instruction)
        for _ in range((times - 1) // 2 if instruction.operation.name in gates else 0):
            for gate in (instruction.operation.inverse(), instruction.operation):
                result.barrier(instruction.qubits)
                result.append(gate, instruction.qubits)
    return result


def exact_probability(circuit: QuantumCircuit) -> float:
    """Return the probability that the objective qubit is 1 under gate noise, read-out apart."""
    whole = circuit.copy()
    whole.save_probabilities([2])
    simulator = AerSimulator(method="density_matrix", noise_model=noise_model(readout=False))
    return float(simulator.run(whole).result().data(0)["probabilities"][1])


class Circuits:
    """Q^k A of one problem, as they are and folded, with the exact law of each under the noise."""

    def __init__(self, problem: qalgo.EstimationProblem) -> None:
        self._problem = problem
        self._lowered: dict[int, QuantumCircuit] = {}
        self._known: dict[tuple[int, int, tuple[str, ...]], float] = {}

    def probability(self, power: int, times: int = 1, gates: tuple[str, ...] = ()) -> float:
        """Return the probability that the objective qubit is 1, read-out apart."""
        key = (power, times, gates if times > 1 else ())
        if key not in self._known:
            if power not in self._lowered:
                self._lowered[power] = lowered(self._problem, power)
            self._known[key] = exact_probability(folded(self._lowered[power], times, gates))
        return self._known[key]


class Device:
    """Measured frequencies of the objective qubit with their shots; read-out errors known from calibration shots."""

    def __init__(self, shots: float, random: np.random.Generator) -> None:
        self.shots, self.random = shots, random
        self.used = 0.0
        wrong, missed = READOUT
        self.wrong, self.missed = self._frequency(wrong), self._frequency(missed)

    def _frequency(self, probability: float) -> float:
        self.used += self.shots
        if math.isinf(self.shots):
            return probability
        return float(self.random.binomial(int(self.shots), probability)) / self.shots

    def raw(self, circuits: Circuits, power: int, times: int = 1, gates: tuple[str, ...] = ()) -> float:
        """Measure with read-out errors."""
        probability = circuits.probability(power, times, gates)
        return self._frequency(READOUT[0] + (1 - sum(READOUT)) * probability)

    def extrapolated(self, circuits: Circuits, power: int, gates: tuple[str, ...]) -> float:
        """Fold to 1, 3 and 5, undo the calibrated read-out errors, extrapolate with the quadratic through them."""
        measured = math.fsum(weight * self.raw(circuits, power, n, gates) for n, weight in WEIGHTS.items())
        return (measured - self.wrong) / (1 - self.wrong - self.missed)


def most_likely(frequencies: dict[int, float]) -> float:
    """Return the a of largest noise-free likelihood for frequencies of Q^k A, {k: frequency}."""
    theta = np.linspace(1e-4, math.pi / 2 - 1e-4, 20_001)
    total = np.zeros_like(theta)
    for power, frequency in frequencies.items():
        law = np.clip(np.sin((2 * power + 1) * theta) ** 2, 1e-12, 1 - 1e-12)
        share = min(max(frequency, 0.0), 1.0)
        total += share * np.log(law) + (1 - share) * np.log(1 - law)
    return float(math.sin(theta[int(np.argmax(total))]) ** 2)


def noise_aware(device: Device, circuits: Circuits) -> float:
    """Return the posterior mean of a from equal shots of k = 0, 1, ..., rate and offset estimated along with it."""
    model = qalgo.Depolarising(readout=(device.wrong, device.missed), offset="estimated")
    posterior = NoisyPosterior(model, 1e-3)
    shots = 2e5 if math.isinf(device.shots) else device.shots
    frequencies = [device.raw(circuits, power) for power in range(4)]
    done, portion = 0, 256
    while done < shots:
        # In growing portions, as an adaptive run would bring them: the grid follows the posterior.
        until = min(int(shots), done + portion)
        for power, frequency in enumerate(frequencies):
            posterior.observe(power, round(frequency * until) - round(frequency * done), until - done)
            posterior.sharpen()
        done, portion = until, 2 * portion
    return posterior.mean()


def methods(encoding: str) -> dict[str, Callable[[Device, Circuits], float]]:
    """Return the price by every method that takes fixed circuits."""

    def priced(a: float, *, published_map: bool = False) -> float:
        return price(encoding, a, published_map=published_map)

    def two(device: Device, circuits: Circuits, gates: tuple[str, ...]) -> float:
        return most_likely({k: device.extrapolated(circuits, k, gates) for k in (0, 1)})

    return {
        "as measured, k = 0 and 1": lambda d, c: priced(most_likely({k: d.raw(c, k) for k in (0, 1)})),
        "published: CX folded, read-out, k = 0 and 1": lambda d, c: priced(two(d, c, ("cx",))),
        "published, with the published price map": lambda d, c: priced(two(d, c, ("cx",)), published_map=True),
        "all gates folded, read-out, k = 0 and 1": lambda d, c: priced(two(d, c, ("cx", "u"))),
        "all gates folded, read-out, k = 0": lambda d, c: priced(min(1.0, max(0.0, d.extrapolated(c, 0, ("cx", "u"))))),
        "noise-aware likelihood, k = 0 to 3": lambda d, c: priced(noise_aware(d, c)),
    }


def fixed_schedules(encoding: str, spots: tuple[float, ...], shots: float) -> dict[str, dict[str, Any]]:
    """Return relative errors of the price by every method with a fixed schedule."""
    rows: dict[str, dict[str, Any]] = {}
    for index, spot in enumerate(spots):
        circuits = Circuits(qalgo.EstimationProblem(preparation(encoding, spot), [2]))
        for number, (name, method) in enumerate(methods(encoding).items()):
            device = Device(shots, stream(SEED, Purpose.TRIAL, index, number))
            error = method(device, circuits) / float(weights(spot) @ payoffs()) - 1.0
            row = rows.setdefault(name, {"errors": [], "shots_per_price": device.used})
            row["errors"].append(error)
    for row in rows.values():
        row["mean_error"] = float(np.mean(np.abs(row["errors"])))
        if math.isinf(shots):
            row["shots_per_price"] = None
    return rows


def offset_of(problem: qalgo.EstimationProblem) -> float:
    """Return the noise of A in uses of A, less 1, as the CX count tells it: Q holds two uses."""
    alone, once = (lowered(problem, power).count_ops()["cx"] for power in (0, 1))
    return alone / ((once - alone) / 2) - 1


def adaptive(encoding: str, spots: tuple[float, ...], epsilon: float = EPSILON) -> dict[str, Any]:
    """Return relative errors of ``estimate_amplitude`` with circuits run on the noisy simulator, read-out known."""
    simulator = AerSimulator(method="density_matrix", noise_model=noise_model(readout=True))
    errors, shots, uses, held = [], [], [], 0
    for index, spot in enumerate(spots):
        problem = qalgo.EstimationProblem(preparation(encoding, spot), [2])
        estimate = qalgo.estimate_amplitude(
            problem,
            epsilon,
            noise=qalgo.Depolarising(readout=READOUT, offset=offset_of(problem)),
            sampler=SamplerV2.from_backend(simulator),
            seed=SEED + index,
        )
        errors.append(price(encoding, estimate.amplitude) / float(weights(spot) @ payoffs()) - 1.0)
        shots.append(estimate.queries.shots)
        uses.append(estimate.queries.state_preparation)
        held += estimate.amplitude_interval.contains(problem.exact_amplitude())
    return {
        "errors": errors,
        "mean_error": float(np.mean(np.abs(errors))),
        "shots_per_price": float(np.mean(shots)),
        "uses_of_a_per_price": float(np.mean(uses)),
        "intervals_that_hold_a": held,
        "epsilon": epsilon,
    }


def gate_counts(encoding: str) -> dict[str, int]:
    """Return the CX of A, QA, Q^2 A and Q^3 A at spot 2."""
    problem = qalgo.EstimationProblem(preparation(encoding, 2.0), [2])
    return {f"k={power}": int(lowered(problem, power).count_ops()["cx"]) for power in range(4)}


def main() -> None:
    """Print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one spot price; nothing is written")
    spots = SPOTS[2:3] if (quick := parser.parse_args().quick) else SPOTS
    record: dict[str, Any] = {"schema": "qalgo.benchmark.noisy_call/1", "seed": SEED, "spots": spots, "circuits": {}}
    for encoding in ("published", "exact"):
        tables = {
            "cx": gate_counts(encoding),
            "sampled": fixed_schedules(encoding, spots, SHOTS),
            "no_sampling_error": fixed_schedules(encoding, spots, math.inf),
            "adaptive_noise_aware": adaptive(encoding, spots),
        }
        record["circuits"][encoding] = tables
        print(f"{encoding} circuit, CX {tables['cx']}")
        for name, row in tables["sampled"].items():
            bias = tables["no_sampling_error"][name]["mean_error"]
            print(
                f"  {name:46} mean error {row['mean_error']:.4f} ({row['shots_per_price']:,.0f} shots per price), "
                f"no sampling error {bias:.4f}"
            )
        row = tables["adaptive_noise_aware"]
        print(
            f"  estimate_amplitude, noise-aware, epsilon {EPSILON:g}     mean error {row['mean_error']:.4f} "
            f"({row['shots_per_price']:,.0f} shots, {row['uses_of_a_per_price']:,.0f} uses of A per price); intervals "
            f"hold a in {row['intervals_that_hold_a']} of {len(spots)}"
        )
    record["noise"] = {"cx_fidelity": CX_FIDELITY, "one_qubit_fidelity": ONE_QUBIT_FIDELITY, "readout": READOUT}
    record["versions"] = dict(versions())
    if not quick:
        RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Run in a peer's environment: price the n-qubit call with qiskit-finance and qiskit-algorithms, print JSON.

The peer is given its best setting as well as its default: 100 shots per circuit instead of 1024.
"""

import json
import sys
import time
import warnings

warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
from qiskit import transpile  # noqa: E402
from qiskit.primitives import StatevectorSampler  # noqa: E402
from qiskit_algorithms import IterativeAmplitudeEstimation  # noqa: E402
from qiskit_finance.applications.estimation import EuropeanCallPricing  # noqa: E402
from qiskit_finance.circuit.library import LogNormalDistribution  # noqa: E402

BASIS = ["cx", "rz", "sx", "x"]


def call_pricing(setup):
    """Build the peer's application on a grid of +-3 standard deviations."""
    spot, strike, rate, volatility, maturity = (setup[k] for k in ("spot", "strike", "rate", "volatility", "maturity"))
    mu = (rate - 0.5 * volatility**2) * maturity + np.log(spot)
    sigma = volatility * np.sqrt(maturity)
    mean = np.exp(mu + sigma**2 / 2)
    deviation = np.sqrt((np.exp(sigma**2) - 1) * np.exp(2 * mu + sigma**2))
    bounds = (max(0.0, mean - 3 * deviation), mean + 3 * deviation)
    law = LogNormalDistribution(setup["num_qubits"], mu=mu, sigma=sigma**2, bounds=bounds)
    return EuropeanCallPricing(setup["num_qubits"], strike, 0.25, bounds, law)


def cx(circuit):
    return transpile(circuit, basis_gates=BASIS, optimization_level=3, seed_transpiler=1).count_ops().get("cx", 0)


def run(setup):
    application = call_pricing(setup)
    problem = application.to_estimation_problem()
    state_preparation, grover = problem.state_preparation, problem.grover_operator
    rows = {"cx_a": cx(state_preparation.decompose(reps=3)), "cx_q": cx(grover.decompose(reps=4)), "runs": []}
    for shots in setup["shots"]:
        sampler = StatevectorSampler(default_shots=shots, seed=setup["seed"])
        solver = IterativeAmplitudeEstimation(epsilon_target=setup["epsilon"], alpha=0.05, sampler=sampler)
        wall, cpu = time.perf_counter(), time.process_time()
        result = solver.estimate(problem)
        powers = result.powers[1:]
        rows["runs"].append(
            {
                "shots_per_circuit": shots,
                "cpu_seconds": time.process_time() - cpu,
                "wall_seconds": time.perf_counter() - wall,
                "undiscounted_price": float(application.interpret(result)),
                "interval": [float(x) for x in result.confidence_interval_processed],
                "grover_shots": int(result.num_oracle_queries),
                "state_preparation_queries": int(sum(shots * (2 * k + 1) for k in powers)),
            }
        )
    return rows


if __name__ == "__main__":
    print(json.dumps(run(json.loads(sys.argv[1]))))

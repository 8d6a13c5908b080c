"""qalgo: does a quantum algorithm really beat the best classical one on this problem, by how much, and at what cost?

The names below are resolved on first use, so that ``import qalgo`` costs next to nothing.
"""

from importlib import import_module as _import_module

__version__ = "0.1.0"

_NAMES = {
    # amplitude estimation
    "EstimationProblem": "qalgo.amplitude_estimation.problem",
    "estimate_amplitude": "qalgo.amplitude_estimation.driver",
    "replay": "qalgo.amplitude_estimation.loop",
    "ClassicalFunction": "qalgo.amplitude_estimation.baseline",
    "Depolarising": "qalgo.amplitude_estimation.noise",
    # option pricing
    "BearSpread": "qalgo.option_pricing.problem",
    "BullSpread": "qalgo.option_pricing.problem",
    "Butterfly": "qalgo.option_pricing.problem",
    "DigitalCall": "qalgo.option_pricing.problem",
    "DigitalPut": "qalgo.option_pricing.problem",
    "EuropeanCall": "qalgo.option_pricing.problem",
    "EuropeanPut": "qalgo.option_pricing.problem",
    "PiecewiseLinear": "qalgo.option_pricing.problem",
    "Straddle": "qalgo.option_pricing.problem",
    "Strangle": "qalgo.option_pricing.problem",
    "price": "qalgo.option_pricing.pricing",
    "read_closes": "qalgo.option_pricing.market",
    "estimate_market": "qalgo.option_pricing.market",
    "read_book": "qalgo.option_pricing.book",
    # quantum singular value transformation
    "LinearSystemComparison": "qalgo.qsvt.linear_comparison",
    "apply_function": "qalgo.qsvt.matrix_functions",
    "filter_eigenvalues": "qalgo.qsvt.eigenvalue_filter",
    "FilteredState": "qalgo.qsvt.filter_result",
    "fixed_point_search": "qalgo.qsvt.searching",
    "FunctionOfMatrix": "qalgo.qsvt.function_result",
    "HamiltonianSimulation": "qalgo.qsvt.simulation_result",
    "LinearSystemSolution": "qalgo.qsvt.linear_system_result",
    "read_matrix": "qalgo.qsvt.matrix_files",
    "SearchResult": "qalgo.qsvt.search_result",
    "simulate_hamiltonian": "qalgo.qsvt.hamiltonian_simulation",
    "solve_linear_system": "qalgo.qsvt.linear_systems",
    # the spine
    "BreakEvenVerdict": "qalgo.break_even_verdict",
    "break_even": "qalgo.break_even_verdict",
    "compare": "qalgo.comparison",
    "Comparison": "qalgo.comparison",
    "Estimate": "qalgo.results",
    "Interval": "qalgo.results",
    "NoiseEstimate": "qalgo.results",
    "Run": "qalgo.run_results",
    "CircuitCost": "qalgo.resources",
    "FaultTolerantCost": "qalgo.fault_tolerance.results",
    "LogicalCounts": "qalgo.logical_counts",
    "QueryCount": "qalgo.resources",
    "Transcript": "qalgo.transcript",
    "cost_of": "qalgo.resources",
    "physical_cost": "qalgo.physical_resources.cost",
    "PhysicalCost": "qalgo.physical_resources.results",
    "fault_tolerant_cost": "qalgo.fault_tolerance.cost",
    "run": "qalgo.execution",
    "RunCost": "qalgo.run_record",
    "ZeroNoise": "qalgo.execution.mitigation",
    "Readout": "qalgo.execution.mitigation",
    "hardware_feasibility": "qalgo.execution.feasibility",
    "Feasibility": "qalgo.execution.feasibility",
    "SimulatorOptions": "qalgo.execution.simulator_options",
    # jobs
    "JobRecord": "qalgo.execution.job_record",
    "jobs": "qalgo.execution.journal",
    "resume": "qalgo.resumption",
    "read_sweep": "qalgo.sweeps.files",
    "sweep": "qalgo.sweeps.runner",
    "SweepTable": "qalgo.sweeps.table",
    # errors
    "ConvergenceError": "qalgo.errors",
    "ExecutionError": "qalgo.errors",
    "ProblemError": "qalgo.errors",
    "QalgoError": "qalgo.errors",
}
_MODULES = ("errors", "execution", "machines", "qsvt")

__all__ = [*_NAMES, *_MODULES, "__version__"]


def __getattr__(name: str) -> object:
    if name in _MODULES or name in _NAMES:
        _import_module("qalgo.ownership").check_circuits_is_ours()
    if name in _MODULES:
        return _import_module(f"qalgo.{name}")
    if name not in _NAMES:
        raise AttributeError(f"module 'qalgo' has no attribute {name!r}")
    value = getattr(_import_module(_NAMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

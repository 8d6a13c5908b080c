from qalgo.qsvt.evolution_phase_finding import evolution_phases as evolution_phases
from qalgo.qsvt.generalised_phase_finding import generalised_phases as generalised_phases
from qalgo.qsvt.phase_finding import phases as phases
from qalgo.qsvt.polynomial import Polynomial as Polynomial
from qalgo.qsvt.walk_series import walk_exponential as walk_exponential

from qalgo.qsvt.phase_finding import phases as phases
from qalgo.qsvt.polynomial import Polynomial as Polynomial

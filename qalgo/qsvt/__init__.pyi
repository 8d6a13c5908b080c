from qalgo.qsvt.phase_finding import phases as phases
from qalgo.qsvt.phase_reading import PhaseEstimate as PhaseEstimate
from qalgo.qsvt.phase_reading import phase_estimation as phase_estimation
from qalgo.qsvt.polynomial import Polynomial as Polynomial

from qalgo.qsvt.phase_finding import phases as phases
from qalgo.qsvt.polynomial import Polynomial as Polynomial
from qalgo.qsvt.polynomials.reciprocals import inverse as inverse
from qalgo.qsvt.polynomials.reciprocals import positive_definite_inverse as positive_definite_inverse
from qalgo.qsvt.polynomials.waves import complex_exponential as complex_exponential
from qalgo.qsvt.polynomials.waves import cosine as cosine
from qalgo.qsvt.polynomials.waves import sine as sine

"""Sources of the methods for linear systems."""

__all__ = ["references_of"]

_COMMON = (
    "Gilyen, Su, Low, Wiebe, arXiv:1806.01838, theorem 41 (pseudo-inverse by singular value transformation)",
    "Martyn, Rossi, Tan, Chuang, arXiv:2105.02859, section V (matrix inversion)",
)
_OF_METHOD = {
    "qsvt": ("Sunderhauf et al., arXiv:2507.15537 (minimax polynomial of 1/x in closed form)",),
    "positive-definite": (
        "Orsucci, Dunjko, arXiv:2101.11868 (positive-definite systems with degree ~ sqrt(kappa))",
        "Golub, Varga, Numer. Math. 3, 147 (1961) (Chebyshev iteration)",
    ),
}
_AMPLIFICATION = ("Brassard, Hoyer, Mosca, Tapp, arXiv:quant-ph/0005055 (amplitude amplification)",)


def references_of(method: str) -> tuple[str, ...]:
    """Return the papers of a method, amplification included."""
    return (*_COMMON, *_OF_METHOD[method], *_AMPLIFICATION)

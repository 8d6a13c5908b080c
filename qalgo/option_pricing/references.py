"""BibTeX entries of the encodings and of the closed form."""

__all__ = ["BLACK_SCHOLES", "LINEARISED_ENCODING", "MATRIX_PRODUCT_STATE"]

LINEARISED_ENCODING = """@article{Stamatopoulos2020,
  author = {Stamatopoulos, Nikitas and Egger, Daniel J. and Sun, Yue and Zoufal, Christa and Iten, Raban and Shen, Ning and Woerner, Stefan},
  title = {Option Pricing using Quantum Computers},
  journal = {Quantum}, volume = {4}, pages = {291}, year = {2020},
  doi = {10.22331/q-2020-07-06-291}, eprint = {1905.02666}, archivePrefix = {arXiv}
}"""  # noqa: E501

BLACK_SCHOLES = """@article{Merton1973,
  author = {Merton, Robert C.},
  title = {Theory of Rational Option Pricing},
  journal = {The Bell Journal of Economics and Management Science}, volume = {4}, number = {1}, pages = {141--183},
  year = {1973}, doi = {10.2307/3003143}
}"""

MATRIX_PRODUCT_STATE = """@article{Schoen2005,
  author = {Sch{\\"o}n, C. and Solano, E. and Verstraete, F. and Cirac, J. I. and Wolf, M. M.},
  title = {Sequential Generation of Entangled Multiqubit States},
  journal = {Physical Review Letters}, volume = {95}, pages = {110503}, year = {2005},
  doi = {10.1103/PhysRevLett.95.110503}, eprint = {quant-ph/0501096}, archivePrefix = {arXiv}
}"""

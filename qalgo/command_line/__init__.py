"""The command line: ``qalgo price``, ``qalgo compare``, ``qalgo doctor``."""

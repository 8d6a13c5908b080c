"""Logical counts whose physical cost other tools have printed."""

from qalgo.logical_counts import LogicalCounts

# The textbook Fourier transform on 10 qubits and Grover search with multi-controlled gates without work qubits, as
# counted by the first resource estimator of qdk.
FOURIER_10 = LogicalCounts(10, t=27, toffoli=0, rotations=108, rotation_depth=31, measurements=0)
GROVER_4 = LogicalCounts(4, t=0, toffoli=0, rotations=90, rotation_depth=72, measurements=4)
GROVER_6 = LogicalCounts(6, t=396, toffoli=0, rotations=648, rotation_depth=378, measurements=6)
GROVER_8 = LogicalCounts(8, t=1176, toffoli=0, rotations=3120, rotation_depth=1332, measurements=8)
GROVER_10 = LogicalCounts(10, t=3250, toffoli=0, rotations=11900, rotation_depth=3975, measurements=10)
# 2307.14310 (abstract): 4,700 qubits, 1e9 T gates; and the earlier 8,000 qubits, 1.2e10 T gates.
DERIVATIVES = LogicalCounts(4700, t=10**9, toffoli=0, rotations=0, rotation_depth=0, measurements=0)
DERIVATIVES_2021 = LogicalCounts(8000, t=12 * 10**9, toffoli=0, rotations=0, rotation_depth=0, measurements=0)
DERIVATIVES_2021_TOFFOLI = LogicalCounts(8000, 0, toffoli=3 * 10**9, rotations=0, rotation_depth=0, measurements=0)
# The size of factoring a 2048-bit number.
FACTORING = LogicalCounts(6200, t=0, toffoli=2_700_000_000, rotations=0, rotation_depth=0, measurements=0)
# 1808.02892 (abstract): 100 qubits, 1e8 T gates.
GAME = LogicalCounts(100, t=10**8, toffoli=0, rotations=0, rotation_depth=0, measurements=0)

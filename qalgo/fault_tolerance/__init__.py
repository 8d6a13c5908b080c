"""From any circuit to Clifford + T: lowering, merging of rotations, synthesis under one error budget, verification."""

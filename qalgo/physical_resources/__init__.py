"""From logical operations to physical qubits and run time, over several published code and factory models."""

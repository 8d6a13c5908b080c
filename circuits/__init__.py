"""Circuit builders: numbers in, a plain ``QuantumCircuit`` out. Nothing is run here.

Import the module that holds the builder: ``circuits.states``, ``circuits.reflection``, ...
All builders are little-endian and return their work qubits to ``|0>``.
"""

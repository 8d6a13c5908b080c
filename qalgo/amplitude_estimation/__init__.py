"""Amplitude estimation: estimate the probability of a good outcome of any state preparation A."""

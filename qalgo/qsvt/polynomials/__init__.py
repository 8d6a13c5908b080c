"""Polynomial families for quantum signal processing, each with its error, its domain and a proven bound."""

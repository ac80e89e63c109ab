"""Streaming formulas. What traders use beyond the classics: newer oscillators, channels, cycles, volume."""

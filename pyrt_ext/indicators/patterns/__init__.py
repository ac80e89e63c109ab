"""Kernels. Candlestick patterns."""

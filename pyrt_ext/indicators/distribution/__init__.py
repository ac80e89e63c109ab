"""Kernels. Order statistics, moments, memory and volatility of windows."""

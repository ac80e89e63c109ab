"""Streaming formulas. Candlestick patterns."""

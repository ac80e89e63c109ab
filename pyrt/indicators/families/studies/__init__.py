"""What traders use beyond the classics: newer oscillators, channels, cycles, volume."""
# a family's __all__ is the one list of its functions

from __future__ import annotations

__all__: list[str] = []

"""What a fill costs: small models of its price and of its commission, each of which a function can replace.

``Commission``  of the value, a unit, in tiers, for makers and takers, with a least and a most an order
``Spread``      half of it is paid by what takes
``Slippage``    fixed, proportional, by volatility, by the share of a bar's volume
``Impact``      what the order moves: linear, by a root, Almgren-Chriss; temporary and permanent
``CostModel``   all of them together
``Terms``       a model as kernels take it: one record (``pyrt_ext/costs.h``) and the functions that it points to
"""

from __future__ import annotations

from .commission import Commission
from .impact import Impact
from .model import CostModel
from .prices import Slippage, Spread
from .record import Terms

__all__ = ["Commission", "CostModel", "Impact", "Slippage", "Spread", "Terms"]

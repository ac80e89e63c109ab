"""The account: what it may hold, what it pays and gets beside its fills, and in which currency.

``Account``   leverage and margin, interest, borrowing, funding, multiplier, conversion
``Rates``     a number over time
``ledger_of`` what all that comes to, bar by bar (``pyrt_ext/accounts/account.pxd``)
"""

from __future__ import annotations

from .ledger import BarLedger, accrued, ledger_of
from .rates import Rates
from .terms import Account, identity_of

__all__ = ["Account", "BarLedger", "Rates", "accrued", "identity_of", "ledger_of"]

"""Pictures: equity with drawdown, drawdowns, exposure, trades, monthly returns.

==========  ==========================================================================================================
``curves``  over time: equity, its drawdowns, exposure and turnover
``trades``  on the price, and their excursions
``months``  monthly returns as a table in color
``canvas``  colors, axes, thinning
==========  ==========================================================================================================

Each function returns a ``matplotlib.figure.Figure`` of its own: nothing of pyplot's global state is touched, no display
is needed, ``figure.savefig("x.png")`` writes it. Times are datetimes or int64 ns UTC. matplotlib is imported at the
first picture.
"""

from __future__ import annotations

from .canvas import extremes
from .curves import drawdowns_figure, equity_figure, exposure_figure
from .months import monthly_returns_figure
from .trades import excursions_figure, trades_figure

__all__ = [
    "drawdowns_figure",
    "equity_figure",
    "excursions_figure",
    "exposure_figure",
    "extremes",
    "monthly_returns_figure",
    "trades_figure",
]

"""Real bars for examples and the first run."""

from __future__ import annotations

from ..errors import MissingPiece
from .bars import Bars
from .ingest import load_bars

__all__ = ["sp500"]


def sp500() -> Bars:
    """Load daily bars of the S&P 500 index, 1999 to 2018, from the ``arch`` package.

    Prices are the index itself, not adjusted for dividends. A bar carries the date of its day, at midnight.

    Returns
    -------
    Bars
        5,031 rows, with volume.

    Raises
    ------
    MissingPiece
        If ``arch`` is not installed.

    Examples
    --------
    >>> sp500()  # doctest: +SKIP
    <Bars: 5031 rows, 1999-01-04 to 2018-12-31, volume>
    """
    try:
        from arch.data import sp500 as source
    except ImportError as error:
        raise MissingPiece("the S&P 500 bars come with the arch package: pip install 'pyrt[demo]'") from error
    return load_bars(source.load())

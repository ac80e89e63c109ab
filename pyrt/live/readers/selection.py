"""Only some kinds and instruments: which records a feed hands over."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from pyrt_ext.shm import select

from ...errors import InputError
from ...types import EVENT, Events, Instrument, Kind, kind_named
from ..instruments import Instruments

__all__ = ["Selection"]


class Selection:
    """The records that a reader wants.

    Parameters
    ----------
    instruments : str, int, Instrument, or iterable of them, optional
        Names mean every row of that name, those of later tick sizes too; all instruments if not given.
    kinds : str, Kind, or iterable of them, optional
        All kinds if not given.
    table : Instruments
        Those of the feed at present; the names must be among them.

    Examples
    --------
    >>> import numpy as np
    >>> from pyrt.types import EVENT
    >>> events = np.zeros(4, EVENT)
    >>> events["kind"], events["instrument"] = [1, 2, 1, 1], [0, 0, 1, 0]
    >>> table = Instruments([Instrument("kraken:BTC-USD", id=0), Instrument("kraken:ETH-USD", id=1)])
    >>> Selection("kraken:BTC-USD", "trade", table).of(events, 100, table)["stamp"].tolist()
    [100, 103]
    """

    def __init__(
        self,
        instruments: str | int | Instrument | Iterable[str | int | Instrument] | None,
        kinds: str | Kind | Iterable[str | Kind] | None,
        table: Instruments,
    ) -> None:
        self._kinds = 0xFFFFFFFF
        if kinds is not None:
            given_kinds = [kinds] if isinstance(kinds, (str, Kind)) else list(kinds)
            if not given_kinds:
                raise InputError("kinds: an empty list selects nothing; leave it out to have all")
            self._kinds = sum({1 << kind_named(kind) for kind in given_kinds})
        self._names: frozenset[str] | None = None
        self._rows: frozenset[int] = frozenset()
        if instruments is not None:
            given = [instruments] if isinstance(instruments, (str, int, Instrument)) else list(instruments)
            if not given:
                raise InputError("instruments: an empty list selects nothing; leave it out to have all")
            self._names = frozenset(table.find(one).name for one in given if not isinstance(one, int))
            self._rows = frozenset(table.find(one).id for one in given if isinstance(one, int))
        self._known = -1
        self._wanted = np.empty(0, np.uint8)
        self._place = np.empty(0, np.uint64)

    def of(self, view: Events, first: int, table: Instruments) -> Events:
        """Return copies of the wanted records of a view that begins at sequence `first`; a stamp is a sequence."""
        if self._names is not None and len(table) != self._known:
            self._known = len(table)
            wanted = [one.name in self._names or one.id in self._rows for one in table]
            self._wanted = np.array([*wanted, False], np.uint8)  # never empty: that would mean all
        words = view.view(np.uint64)
        if len(self._place) < len(words):
            self._place = np.empty(len(words), np.uint64)
        count = select(words, self._kinds, self._wanted, first, self._place)
        return self._place[: 8 * count].copy().view(EVENT)

"""Records as a DataFrame, for looking at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...types import Events, Kind, Side, kind_named, of_kind
from ..instruments import Instruments

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_of"]


def frame_of(events: Events, kind: Kind | str, instruments: Instruments) -> pd.DataFrame:
    """Make a frame of the records of one kind.

    Returns
    -------
    DataFrame
        By event_time (datetime64[ns, UTC]): `instrument` and `side` as categories, `flags`, and the kind's own fields;
        other times are datetimes too.

    Examples
    --------
    >>> import numpy as np
    >>> from pyrt.types import EVENT, RECORDS, Instrument
    >>> trades = np.zeros(2, RECORDS[Kind.TRADE])
    >>> trades["kind"], trades["side"], trades["price"], trades["qty"] = Kind.TRADE, [1, 2], [10.0, 10.5], 1.0
    >>> table = Instruments([Instrument("kraken:BTC-USD")])
    >>> frame_of(trades.view(EVENT), "trade", table)[["instrument", "side", "price"]].values.tolist()
    [['kraken:BTC-USD', 'buy', 10.0], ['kraken:BTC-USD', 'sell', 10.5]]
    """
    import pandas as pd

    rows = of_kind(events.view(np.ndarray), kind_named(kind))
    names = [one.name for one in instruments]
    unique = list(dict.fromkeys(names))
    codes = np.array([unique.index(name) for name in names] or [-1])
    known = np.minimum(rows["instrument"], len(codes) - 1)
    named = np.where(rows["instrument"] < len(names), codes[known], -1)
    columns: dict[str, object] = {
        "instrument": pd.Categorical.from_codes(named.tolist(), pd.Index(unique, dtype=str)),
        "side": pd.Categorical.from_codes(rows["side"].tolist(), pd.Index([side.name.lower() for side in Side])),
        "flags": rows["flags"],
    }
    for name in rows.dtype.names or ():
        if name not in ("stamp", "event_time", "instrument", "kind", "side", "flags", "_padding"):
            values = np.ascontiguousarray(rows[name])
            columns[name] = pd.to_datetime(values, utc=True) if name == "receive_time" else values
    index = pd.DatetimeIndex(
        np.ascontiguousarray(rows["event_time"]).view("datetime64[ns]"), tz="UTC", name="event_time"
    )
    return pd.DataFrame(columns, index=index)

"""Write the order by order files of a folder as records, and LOBSTER's own books beside them, for tests/book/files.rs.

Argument 1 is the folder with the data, 2 the folder for what is written.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from pyrt import Grid
from pyrt.data import load_lobster, load_mbo
from pyrt.types import Instrument

LOBSTER = ("lobster_amzn_20120621_5", "lobster_msft_20120621_50_1000rows")
data, out = Path(sys.argv[1]), Path(sys.argv[2])

nasdaq = Instrument("nasdaq:X-USD", tick=Grid.parse("0.0001"), lot=Grid.parse("1"))
for name in LOBSTER:
    messages, books = (data / f"{name}_{kind}.parquet" for kind in ("message", "orderbook"))
    load_lobster(messages, nasdaq, date="2012-06-21", orderbook=books).tofile(out / f"{name}.events")
    table = pq.read_table(books)
    np.column_stack([column.to_numpy() for column in table.columns]).astype(np.int64).tofile(out / f"{name}.books")
es = Instrument("cme:ES-USD", tick=Grid.parse("0.25"), lot=Grid.parse("1"))
load_mbo(data / "esh4_mbo_20231225.parquet", es).tofile(out / "es.events")

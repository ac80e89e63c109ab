"""What a feed can do beyond handing over windows.

================  ======================================================================
``Selection``     only some kinds and instruments, picked by a kernel (``selection.py``)
``pursue``        when to look, when to wait, when to stop (``pursuit.py``)
``FeedBars``      bars of what passes (``bars.py``)
``frame_of``      records as a DataFrame (``frames.py``)
``ReaderStats``   what a reader took and lost (``statistics.py``)
``FeedTables``    books, positions, account, venues, instruments (``tables.py``)
``for_numba``     the ring in loops that Numba compiles (``compiled.py``)
================  ======================================================================
"""

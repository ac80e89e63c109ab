"""Results: what a run did and what came of it, immutable.

==================  ==================================================================================================
``result``          of signals on bars
``event_result``    of a strategy on events
``ledger``          fills and the trades that they make up
``measures``        which measures a result has, and how they are written
``summary``         as text for a terminal
``report``          as one HTML page with its pictures
``comparison``      two of them side by side
``storage``         on the disk, as Parquet
==================  ==================================================================================================
"""

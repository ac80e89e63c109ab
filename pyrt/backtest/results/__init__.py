"""Results: what a run did and what came of it, immutable.

==================  ==================================================================================================
``result``          of signals on bars
``event_result``    of a strategy on events
``ledger``          fills of bars, and the trades that they make up
``event_trades``    trades of fills on events
``course``          equity over events
``measures``        which measures a result has, and how they are written
``summary``         as text for a terminal
``report``          as one HTML page with its pictures; ``sheet`` lays a result out for it
``comparison``      two of them side by side
``storage``         on the disk, as Parquet; ``event_storage`` those on events
==================  ==================================================================================================
"""

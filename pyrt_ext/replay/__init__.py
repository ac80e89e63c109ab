"""Runs of strategies over recorded events, against the simulated venue of ``matching*.pyx``.

``loop``      one run: the clocks, the venue, what comes out
``told``      a strategy of a session, told again what it was told then
``calls``     calls of handlers, and timers: what both hosts share
``desk``      what a strategy sees, and what becomes of its requests
``bars``      bars out of trades
``requests``  requests that cannot be meant, or are not carried out
"""

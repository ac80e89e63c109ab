"""Runs of strategies over recorded events, against the simulated venue of ``matching*.pyx``.

``loop``      one run: the clocks, the calls, what comes out
``desk``      what a strategy sees, and what becomes of its requests
``bars``      bars out of trades
``requests``  requests that cannot be meant, or are not carried out
"""

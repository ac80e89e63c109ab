"""Strategies on bars: what is sent after a bar acts on the next, along a cautious path through it.

``proto/BARS.md`` has the rules.

``account``    cash, positions, costs, and the fills that change them
``orders``     live orders, and what fills do to them
``desk``       what becomes of requests
``grids``      numbers of requests on ticks and lots
``longer``     bars of longer periods, made of the data's
``walk``       orders along the path of a bar
``loop``       the clock and the calls
``snapshots``  its state as bytes, and back
``check``      whether rows can be bars at all
"""

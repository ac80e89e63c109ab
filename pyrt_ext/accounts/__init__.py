"""Accounts in kernels: what is held and paid beside fills, signals with an account, and a venue's terms.

``account``  margin, financing, actions and conversion, as inline functions
``signals``  the signal simulator with them, and with any model of costs
``venue``    what a simulated venue charges and how long its answers take, where that is more than constants
"""

"""Ahead-of-time kernels of pyrt: typed arrays and scalars in, arrays out; no pandas, no checks, nothing of ``pyrt``.

A subject is one ``.pyx`` (its contract in the ``.pxd``), or a streaming formula: a plain ``.py`` with a ``.pxd`` that
types it, which Cython compiles for Python and Numba compiles into strategies. Callers validate at their own door
(``pyrt._validate``); kernels trust what they are given.
"""

"""Streaming formulas, a family a file: plain Python that Cython compiles for Python and others into strategies.

A formula is a record's layout (first its outputs), and functions on it:

``NAME_start(s, *parameters)``    parameters into a fresh record of zeros; plain Python only; may be left out
``NAME_reset(s)``                 forget all data; returns NaN
``NAME_update(s, window, x, ...)``  the next value of each input in, the first output out
``NAME_arena(*parameters)``       length of its window, if it has one

No field that is read may have the name of a method of NumPy's records (min, max, mean, sum, all ...).

A value that is not finite resets: then the product of 0 and all inputs is no number, ``not x * 0.0 * y >= 0.0``, which
is one branch and leaves the adders to the formula. C types are in the ``.pxd`` beside. A module that calls functions of
another cimports them there and names that module in ``USES``, by its path from here (``"windows"``,
``"studies.cycles"``): compilers that read the ``.py`` alone look there.
"""

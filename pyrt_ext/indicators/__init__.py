"""Batch kernels of indicators, and their streaming formulas made ready for Python: a family each.

A family is ``NAME.pyx`` (the :class:`~pyrt_ext.batch.Batch` and :class:`~pyrt_ext.stream.Formula` of every function),
``NAME.h`` (the hot loops, in C so that they can be dispatched by CPU), and ``../streams/NAME.py`` with its ``.pxd``.
"""

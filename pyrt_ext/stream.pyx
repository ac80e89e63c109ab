"""Streaming formulas as Python objects: the record, its window, and what happens at gaps."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.math cimport NAN, isnan
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

import os

import numpy as np

from .batch cimport Policy


cdef class Formula:
    """A formula compiled ahead of time, and where the same source stands for other compilers."""

    @staticmethod
    cdef Formula of(Update update, Reset reset, size_t size, object module, str name):
        cdef Formula self = Formula.__new__(Formula)
        self.update, self.reset, self.module, self.name = update, reset, module, name
        self.dtype = np.dtype(list(getattr(module, name.upper())), align=True)
        if self.dtype.itemsize != size:
            raise ImportError(f"{name}: {self.dtype.itemsize} bytes in Python, {size} in C; build the extensions again")
        return self

    @property
    def source(self):
        """The file in which the same formula stands as plain Python, for other compilers."""
        name = self.module.__name__.rpartition(".")[2] + ".py"
        return os.path.join(os.path.dirname(self.module.__file__), name)

    def __deepcopy__(self, memo):
        return self

    def image(self, *parameters):
        """Return the record at the start, for these parameters, as bytes."""
        record = np.zeros(1, self.dtype).view(np.recarray)
        getattr(self.module, self.name + "_start")(record[0], *parameters)
        return record.tobytes()

    def arena(self, *parameters):
        """Return how many doubles the window takes, for these parameters."""
        arena = getattr(self.module, self.name + "_arena", None)
        return 0 if arena is None else arena(*parameters)


cdef class Stream:
    """One value in, one value out.

    Parameters
    ----------
    formula : Formula
    image : bytes
        The record as :meth:`Formula.image` makes it, to be followed by :meth:`reset`; or record and window of another
        stream, to go on from there.
    arena : int
        Length of the window.
    policy : int
        Of :class:`pyrt_ext.batch.Policy`.
    """

    def __cinit__(self, Formula formula, bytes image, Py_ssize_t arena, int policy, *ignored):
        cdef Py_ssize_t record = formula.dtype.itemsize
        self.size = record + arena * sizeof(double)
        if arena < 0 or len(image) not in (record, self.size):
            raise ValueError(f"the state of {formula.name} has {self.size} bytes, got {len(image)}")
        self.block = <char*>calloc(self.size, 1)
        if self.block == NULL:
            raise MemoryError
        memcpy(self.block, <const char*>image, len(image))
        self.window = <double*>(self.block + record)
        self.formula, self.policy = formula, policy

    def __dealloc__(self):
        free(self.block)

    def update(self, double x, /):
        """Take the next value and return the indicator's, NaN while it is not ready."""
        if x - x != 0.0:
            return self.at_gap(x)
        if self.over:
            return NAN
        self.begun = True
        return self.formula.update(self.block, self.window, x)

    def updates(self, const double[::1] values, double[::1] out):
        """Take values one after the other, writing the indicator's after each into `out`; as `update` does, to the bit.

        What is not finite is a gap: it starts the series over.
        """
        if len(out) != len(values):
            raise ValueError(f"out: must have {len(values)} values, got {len(out)}")
        cdef Py_ssize_t i, n = len(values)
        cdef char* block = self.block
        cdef double* window = self.window
        cdef Update step = self.formula.update
        self.begun = True
        with nogil:
            for i in range(n):
                out[i] = step(block, window, values[i])

    cdef double at_gap(self, double x) except? -1.0:
        if not isnan(x) or self.policy == Policy.RAISE:
            self.refuse(x)
            raise ValueError(f"update: {x} is refused")
        if self.policy == Policy.SKIP:
            return NAN
        self.over = self.policy == Policy.PROPAGATE and self.begun
        return self.formula.reset(self.block)

    def refuse(self, x):
        """Raise the error for a value that the policy refuses; for subclasses."""

    @property
    def value(self):
        """The present value, NaN while not ready."""
        return (<double*>self.block)[0]

    @property
    def ready(self):
        """Whether there is a value."""
        return not isnan((<double*>self.block)[0])

    def reset(self):
        """Forget everything but the parameters."""
        self.begun = self.over = False
        self.formula.reset(self.block)

    @property
    def image(self):
        """The record and the window as bytes."""
        return PyBytes_FromStringAndSize(self.block, self.size)

    def __reduce__(self):
        arena = (self.size - self.formula.dtype.itemsize) // sizeof(double)
        return _restore, (type(self), self.formula, self.image, arena, self.policy, self.progress)

    @property
    def progress(self):
        """What the policy has to remember: whether a value has come, and whether a gap has ended the series."""
        return self.begun, self.over

    @progress.setter
    def progress(self, tuple marks):
        self.begun, self.over = marks


def _restore(kind, formula, image, arena, policy, progress):
    made = kind(formula, image, arena, policy)
    made.progress = progress
    return made

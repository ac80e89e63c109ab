"""Streaming formulas as Python objects: the record, its window, and what happens at gaps."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.math cimport NAN, isinf, isnan
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

import os
import sys

import numpy as np

from .batch cimport MAX_OUTPUTS as MOST_OUTPUTS, Policy

STREAMS = "pyrt_ext.streams."
"""Where formulas are; a module names others by what comes after it."""


cdef class Formula:
    """A formula compiled ahead of time, and where the same source stands for other compilers."""

    @staticmethod
    cdef Formula of(
        void* update, Reset reset, size_t size, object module, str name, str record="", int inputs=1, int outputs=1
    ):
        cdef Formula self = Formula.__new__(Formula)
        self.update, self.reset, self.inputs, self.outputs = update, reset, inputs, outputs
        self.module, self.name, self.record = module, name, record or name
        self.home = _home(module, self.record.upper())
        self.dtype = np.dtype(list(getattr(self.home, self.record.upper())), align=True)
        if self.dtype.itemsize != size:
            raise ImportError(f"{name}: {self.dtype.itemsize} bytes in Python, {size} in C; build the extensions again")
        return self

    @property
    def sources(self):
        """The files in which the same formula stands as plain Python: its own, then those of modules that it uses."""
        folder = os.path.join(os.path.dirname(__file__), "streams")
        names = [self.module.__name__.removeprefix(STREAMS), *getattr(self.module, "USES", ())]
        return [os.path.join(folder, *name.split(".")) + ".py" for name in names]

    def plain(self):
        """Read the source, for other compilers: a module's names with plain functions that call each other."""
        scope = {}
        for path in self.sources[::-1]:
            with open(path, encoding="utf-8") as file:
                exec(compile(file.read(), path, "exec"), scope)
        return scope

    def __deepcopy__(self, memo):
        return self

    cdef double step(self, void* state, double* window, const double* x) noexcept nogil:
        if self.inputs == 1:
            return (<Update>self.update)(state, window, x[0])
        if self.inputs == 2:
            return (<Update2>self.update)(state, window, x[0], x[1])
        if self.inputs == 3:
            return (<Update3>self.update)(state, window, x[0], x[1], x[2])
        if self.inputs == 4:
            return (<Update4>self.update)(state, window, x[0], x[1], x[2], x[3])
        return (<Update5>self.update)(state, window, x[0], x[1], x[2], x[3], x[4])

    def image(self, *parameters):
        """Return the record at the start, for these parameters, as bytes."""
        record = np.zeros(1, self.dtype).view(np.recarray)
        start = getattr(self.home, self.record + "_start", None)
        if start is not None:
            start(record[0], *parameters)
        return record.tobytes()

    def arena(self, *parameters):
        """Return how many doubles the window takes, for these parameters."""
        arena = getattr(self.home, self.record + "_arena", None)
        return 0 if arena is None else arena(*parameters)


def _home(module, name):
    """Find the module that declares a record: the formula's own, or one that it uses."""
    for other in (module, *(sys.modules[STREAMS + used] for used in getattr(module, "USES", ()))):
        if hasattr(other, name):
            return other
    raise ImportError(f"{module.__name__}: there is no record {name}")


cdef class Stream:
    """One value in, one value out; or more out, of which an update returns the first.

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
            return self.at_gap(&x)
        if self.over:
            return NAN
        self.begun = True
        return (<Update>self.formula.update)(self.block, self.window, x)

    def updates(self, tuple inputs, tuple outputs):
        """Take rows one after the other, writing the indicator's values after each; as `update` does, to the bit.

        Inputs and outputs are arrays of one length. What is not finite is a gap: it starts the series over.
        """
        cdef const double[::1] x
        cdef double[::1] y
        cdef const double* columns[MOST_INPUTS]
        cdef double* targets[MOST_OUTPUTS]
        cdef double row[MOST_INPUTS]
        cdef Formula formula = self.formula
        cdef int i, wide = formula.inputs, deep = formula.outputs
        cdef Py_ssize_t t, n = len(inputs[0])
        if len(inputs) != wide or len(outputs) != deep or any(len(a) != n for a in (*inputs, *outputs)):
            raise ValueError(f"{formula.name}: takes {wide} and gives {deep} arrays, of one length")
        if n == 0:
            return
        for i in range(wide):
            x = inputs[i]
            columns[i] = &x[0]
        for i in range(deep):
            y = outputs[i]
            targets[i] = &y[0]
        self.begun = True
        with nogil:
            for t in range(n):
                for i in range(wide):
                    row[i] = columns[i][t]
                formula.step(self.block, self.window, row)
                for i in range(deep):
                    targets[i][t] = (<double*>self.block)[i]

    cdef double at_gap(self, const double* x) except? -1.0:
        cdef int i
        for i in range(self.formula.inputs):
            if isinf(x[i]) or (self.policy == Policy.RAISE and isnan(x[i])):
                self.refuse(x[i])
                raise ValueError(f"update: {x[i]} is refused")
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
    def values(self):
        """The present values of all outputs."""
        return tuple([(<double*>self.block)[i] for i in range(self.formula.outputs)])

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


cdef class Two(Stream):
    """A stream of two inputs."""

    def update(self, double x, double y, /):
        """Take the next row and return the indicator's first value, NaN while it is not ready."""
        if x - x + (y - y) != 0.0:
            return self.at_gap([x, y])
        if self.over:
            return NAN
        self.begun = True
        return (<Update2>self.formula.update)(self.block, self.window, x, y)


cdef class Three(Stream):
    """A stream of three inputs."""

    def update(self, double x, double y, double z, /):
        """Take the next row and return the indicator's first value, NaN while it is not ready."""
        if x - x + (y - y) + (z - z) != 0.0:
            return self.at_gap([x, y, z])
        if self.over:
            return NAN
        self.begun = True
        return (<Update3>self.formula.update)(self.block, self.window, x, y, z)


cdef class Four(Stream):
    """A stream of four inputs."""

    def update(self, double x, double y, double z, double u, /):
        """Take the next row and return the indicator's first value, NaN while it is not ready."""
        if x - x + (y - y) + (z - z) + (u - u) != 0.0:
            return self.at_gap([x, y, z, u])
        if self.over:
            return NAN
        self.begun = True
        return (<Update4>self.formula.update)(self.block, self.window, x, y, z, u)


cdef class Five(Stream):
    """A stream of five inputs."""

    def update(self, double x, double y, double z, double u, double v, /):
        """Take the next row and return the indicator's first value, NaN while it is not ready."""
        if x - x + (y - y) + (z - z) + (u - u) + (v - v) != 0.0:
            return self.at_gap([x, y, z, u, v])
        if self.over:
            return NAN
        self.begun = True
        return (<Update5>self.formula.update)(self.block, self.window, x, y, z, u, v)


KINDS = {1: Stream, 2: Two, 3: Three, 4: Four, 5: Five}
"""Streams by how many inputs they have: one call each, of so many numbers, is faster than one of any number."""


def _restore(kind, formula, image, arena, policy, progress):
    made = kind(formula, image, arena, policy)
    made.progress = progress
    return made

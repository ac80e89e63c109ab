"""Whether the user has interrupted, which kernels without the GIL ask now and then."""

from cpython.exc cimport PyErr_CheckSignals


cdef inline object interruption():
    """Return what the handlers of the signals that have come raise; None if they raise nothing."""
    try:
        PyErr_CheckSignals()
    except BaseException as error:
        return error
    return None

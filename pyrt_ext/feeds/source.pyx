"""Records that are made where a run needs them: ``source.pxd`` is the contract."""


cdef class Source:
    """What has no records; others derive from it."""

    cdef void make(self, Py_ssize_t row, Py_ssize_t count, Record* out, Ring* ring) noexcept nogil:
        pass

"""Contract of the shared-memory reader: what is mapped, the cursor of one reader, and the words it looks at."""

from libc.stdint cimport int64_t, uint64_t


cdef extern from "shm_atomics.h" nogil:
    uint64_t shm_load_acquire(const void* word)
    uint64_t shm_load_relaxed(const void* word)
    void shm_fence_acquire()
    void shm_pause()
    int shm_wait(const void* word, uint64_t seen, int64_t ns)
    int shm_first_byte_locked(int fd)


cdef class Mapping:
    cdef char* address           # first mapped byte, NULL before
    cdef readonly size_t nbytes  # of all copies together

    cdef int _check(self, size_t offset, size_t nbytes) except -1


cdef class RingReader:
    cdef Mapping segment           # keeps the two control words mapped
    cdef const char* control       # intent at 0, head at 8
    cdef readonly uint64_t capacity
    cdef readonly uint64_t cursor  # sequence of the next record to deliver
    cdef public uint64_t lost      # records skipped, never delivered
    cdef readonly bint wakes       # the writer wakes those who wait for the head

    cdef uint64_t _head(self) noexcept nogil
    cdef uint64_t _intent(self) noexcept nogil
    cdef uint64_t _catch_up(self) noexcept nogil
    cdef bint _spin(self, double seconds) except -1

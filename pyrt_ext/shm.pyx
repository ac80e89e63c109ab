"""Reader of the engine's shared-memory segment: C11 atomics over read-only pages.

``proto/SHM_LAYOUT.md`` is the specification, and says why no torn record is ever accepted. Everything here only reads:
pages are mapped PROT_READ, so a reader can neither harm nor stall the writer. What the words of the segment say is
never trusted to stay inside it: any value of ``head`` and ``intent`` yields a window of at most ``capacity`` records.

A :class:`RingReader` belongs to one thread; open one a thread.
"""

from cpython.buffer cimport PyBuffer_FillInfo
from cpython.exc cimport PyErr_CheckSignals
from libc.errno cimport EINTR, ENOSYS, errno
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from posix.mman cimport MAP_ANONYMOUS, MAP_FAILED, MAP_FIXED, MAP_PRIVATE, MAP_SHARED, PROT_NONE, PROT_READ
from posix.mman cimport mmap, munmap
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, nanosleep, timespec

from os import strerror

cdef int64_t SPIN_NS = 20_000  # a burst's next record is usually this close: no sleep, no wake-up latency
cdef int64_t FIRST_SLEEP_NS = 20_000
cdef int64_t LONGEST_SLEEP_NS = 1_000_000  # idle, a reader wakes a thousand times a second


cdef class Mapping:
    """Part of a file, mapped read-only, once or several times in a row; unmapped when its last user is gone.

    Arrays made over it (``np.frombuffer(mapping, dtype)``) hold a reference, so a view never outlives its pages.

    Parameters
    ----------
    fd : int
        Open for reading; may be closed afterwards.
    offset, nbytes : int
        Multiples of the page size.
    copies : int
        How often to map it, one after the other: with two, any window of a ring is one contiguous view.
    """

    def __cinit__(self, int fd, size_t offset, size_t nbytes, int copies=1):
        cdef void* place
        cdef int i
        if nbytes == 0 or copies < 1:
            raise ValueError("nothing to map")
        # One reservation first: nothing else can be mapped between the copies.
        place = mmap(NULL, nbytes * copies, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        if place == MAP_FAILED:
            raise OSError(errno, strerror(errno))
        self.address = <char*>place
        self.nbytes = nbytes * copies
        for i in range(copies):
            place = mmap(self.address + i * nbytes, nbytes, PROT_READ, MAP_SHARED | MAP_FIXED, fd, offset)
            if place == MAP_FAILED:
                raise OSError(errno, strerror(errno))

    def __dealloc__(self):
        if self.address != NULL:
            munmap(self.address, self.nbytes)

    def __getbuffer__(self, Py_buffer* view, int flags):
        PyBuffer_FillInfo(view, self, self.address, self.nbytes, 1, flags)

    def __len__(self):
        return self.nbytes

    def word(self, size_t offset):
        """Load the 64-bit word at `offset` (a multiple of 8) with acquire order."""
        self._check(offset, 8)
        return shm_load_acquire(self.address + offset)

    def copy_row(self, size_t offset, uint64_t[::1] out, double patience=0.05):
        """Copy a row guarded by a seqlock, its first word, into `out`; False if not at rest for `patience` seconds.

        A writer is inside a row for well under a microsecond; it stays there only if it died or was stopped.
        """
        cdef const char* row
        cdef uint64_t before
        cdef Py_ssize_t i, n = out.shape[0]
        cdef int attempt = 0
        cdef int64_t give_up
        cdef bint whole = False
        self._check(offset, 8 * n)
        row = self.address + offset
        with nogil:
            give_up = _now() + <int64_t>(patience * 1e9)
            while not whole:
                before = shm_load_acquire(row)
                if before & 1 == 0:
                    for i in range(n):
                        out[i] = shm_load_relaxed(row + 8 * i)
                    shm_fence_acquire()
                    whole = shm_load_relaxed(row) == before
                attempt += 1
                if attempt % 64:
                    shm_pause()
                elif _now() > give_up:
                    break
                else:
                    _sleep(FIRST_SLEEP_NS)  # the writer may need this very core
        return whole

    cdef int _check(self, size_t offset, size_t nbytes) except -1:
        if offset % 8 or nbytes > self.nbytes or offset > self.nbytes - nbytes:
            raise ValueError(f"offset {offset}: not a multiple of 8 with {nbytes} bytes inside {self.nbytes}")
        return 0


cdef class RingReader:
    """The cursor of one reader in a ring of one writer.

    Parameters
    ----------
    segment : Mapping
        The whole segment.
    control_offset : int
        Where ``intent`` and ``head`` lie in it.
    capacity : int
        Records in the ring, a power of two.
    wakes : bool
        Whether its writer wakes those who wait for the head: they sleep without looking then.
    """

    def __cinit__(self, Mapping segment, size_t control_offset, uint64_t capacity, bint wakes=False):
        if capacity < 2 or capacity & (capacity - 1):
            raise ValueError(f"capacity {capacity}: not a power of two")
        segment._check(control_offset, 16)
        self.segment = segment
        self.control = segment.address + control_offset
        self.capacity = capacity
        self.wakes = wakes
        self.cursor = self._head()

    cdef uint64_t _head(self) noexcept nogil:
        return shm_load_acquire(self.control + 8)

    cdef uint64_t _intent(self) noexcept nogil:
        return shm_load_relaxed(self.control)

    cdef uint64_t _catch_up(self) noexcept nogil:
        # Half a ring behind the head: at the oldest record the writer would pass this reader again at once.
        cdef uint64_t head = self._head()
        cdef uint64_t ahead = max(head, self._intent()) - self.cursor
        cdef uint64_t target = head - self.capacity // 2
        cdef uint64_t skipped = 0
        if <int64_t>ahead > <int64_t>self.capacity and <int64_t>(target - self.cursor) > 0:
            skipped = target - self.cursor
            self.cursor = target
            self.lost += skipped
        return skipped

    def head(self):
        """Return how many records were published: the sequence of the next one."""
        return self._head()

    def intent(self):
        """Return the sequence after the record that is being written, or was written last."""
        return self._intent()

    def seek(self, uint64_t sequence):
        """Put the cursor at a sequence."""
        self.cursor = sequence

    def catch_up(self):
        """If the writer has passed the cursor, move on to half a ring behind the head; return how many were skipped."""
        return self._catch_up()

    def take(self):
        """Return ``(first, stop)``, the sequences of all records since the last call, and move the cursor to `stop`.

        At most `capacity` records. :meth:`overwritten` says, after they were used, whether they were whole.
        """
        cdef uint64_t first, stop
        self._catch_up()
        first = self.cursor
        stop = self._head()
        if <int64_t>(stop - first) <= 0:
            return first, first
        if stop - first > self.capacity:  # the writer ran on since _catch_up; the next call tells by how much
            stop = first + self.capacity
        self.cursor = stop
        return first, stop

    def overwritten(self, uint64_t first, uint64_t stop):
        """Return how many records of the window [first, stop) the writer has begun to overwrite; 0: it is whole.

        Call it after the window was used: every load made before is then known to have seen whole records.
        """
        cdef int64_t gone
        shm_fence_acquire()
        gone = <int64_t>(self._intent() - first - self.capacity)
        if gone <= 0:
            return 0
        return min(<uint64_t>gone, stop - first)

    def wait(self, double seconds, bint spin=False):
        """Wait until there is something to take, at most `seconds`; return whether there is.

        Spins for 20 microseconds, then sleeps without the GIL: until the writer wakes it if it does (a futex on the
        head), else for 20 microseconds at first and growing to a millisecond. A signal ends the wait. With `spin` it
        never sleeps, and looks for a signal every millisecond.
        """
        cdef int64_t start, now, deadline, nap = FIRST_SLEEP_NS
        cdef uint64_t head
        cdef int ended
        cdef bint ready, asleep = self.wakes
        if spin:
            return self._spin(seconds)
        with nogil:
            start = now = _now()
            deadline = start + <int64_t>(seconds * 1e9)
            while True:
                head = self._head()
                ready = <int64_t>(head - self.cursor) > 0
                if ready or now >= deadline:
                    break
                if now - start < SPIN_NS:
                    shm_pause()
                elif asleep:
                    ended = shm_wait(self.control + 8, head, deadline - now)
                    if ended == EINTR:
                        break
                    asleep = ended != ENOSYS
                else:
                    if _sleep(min(nap, deadline - now)) == EINTR:
                        break
                    nap = min(nap + nap // 2, LONGEST_SLEEP_NS)
                now = _now()
        return ready

    cdef bint _spin(self, double seconds) except -1:
        cdef int64_t now = _now(), deadline = now + <int64_t>(seconds * 1e9), look
        cdef bint ready = False
        cdef int _turn
        while True:
            look = min(now + LONGEST_SLEEP_NS, deadline)
            with nogil:
                while not ready and now < look:
                    for _turn in range(64):  # the clock is dearer than the head
                        ready = <int64_t>(self._head() - self.cursor) > 0
                        if ready:
                            break
                        shm_pause()
                    now = _now()
            if ready or now >= deadline:
                return ready or <int64_t>(self._head() - self.cursor) > 0
            PyErr_CheckSignals()

    def place(self):
        """Return the address of ``intent``, behind which ``head`` lies; mapped as long as this reader lives."""
        return <size_t>self.control


def select(
    const uint64_t[::1] words, uint32_t kinds, const uint8_t[::1] instruments, uint64_t first, uint64_t[::1] out
):
    """Copy the records of some kinds and instruments, their stamps being sequences; return how many there are.

    Parameters
    ----------
    words, out : buffer, shape (8 * n_records,)
        Records in the ring from sequence `first` on, and the place for copies.
    kinds : int
        Bit k for kind k.
    instruments : buffer
        Whether each instrument is wanted, by row; those beyond its end are not. Empty: all are.
    """
    cdef Py_ssize_t n = words.shape[0] // 8, known = instruments.shape[0], i, k, count = 0
    cdef uint64_t head, kind, row
    if out.shape[0] < words.shape[0]:
        raise ValueError("out: too short")
    with nogil:
        for i in range(n):
            head = words[8 * i + 2]
            row = <uint32_t>head
            kind = <uint8_t>(head >> 32)
            if kind > 31 or not kinds >> kind & 1:
                continue
            if known and (row >= <uint64_t>known or not instruments[row]):
                continue
            out[8 * count] = first + i
            for k in range(1, 8):
                out[8 * count + k] = words[8 * i + k]
            count += 1
    return count


cdef uint64_t head_at(size_t control) noexcept nogil:
    return shm_load_acquire(<const char*>control + 8)


cdef uint64_t intent_at(size_t control) noexcept nogil:
    shm_fence_acquire()
    return shm_load_relaxed(<const char*>control)


def loaders():
    """Return the addresses of two C functions of a control word's address: ``head`` and, behind a fence, ``intent``."""
    return <size_t>&head_at, <size_t>&intent_at


def first_byte_locked(int fd):
    """Say whether anyone holds a write lock on the file's first byte; None if this system cannot tell."""
    cdef int held = shm_first_byte_locked(fd)
    return None if held < 0 else held == 1


cdef int64_t _now() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return <int64_t>t.tv_sec * 1_000_000_000 + t.tv_nsec


cdef int _sleep(int64_t ns) noexcept nogil:
    cdef timespec t
    t.tv_sec = ns // 1_000_000_000
    t.tv_nsec = ns % 1_000_000_000
    return EINTR if nanosleep(&t, NULL) != 0 else 0

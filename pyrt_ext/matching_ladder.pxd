"""Contract of ``matching_ladder.h``: one side of a book, as a window of ranks around its best level.

Prices lie here as *ranks*: a bid's price, an ask's negated price, so that the higher rank is the better on either side.
A side goes from its ``best`` to the worst by :func:`rank_below`; ``NO_RANK`` says that there is none.
"""

from libc.stdint cimport int64_t


cdef extern from "matching_ladder.h" nogil:
    const int64_t NO_RANK "PYRT_NO_RANK"
    ctypedef struct Level "pyrt_level":
        int64_t size      # lots, by the venue's last word
        int64_t taken     # lots that we have taken since then
    ctypedef struct Ladder "pyrt_ladder":
        int64_t best      # NO_RANK: there is no level
    void begin_ladder "pyrt_begin_ladder"(Ladder* ladder)
    void free_ladder "pyrt_free_ladder"(Ladder* ladder)
    void clear_ladder "pyrt_clear_ladder"(Ladder* ladder)
    int64_t level_count "pyrt_ladder_count"(const Ladder* ladder)
    Level* level_at "pyrt_level_at"(const Ladder* ladder, int64_t rank)        # NULL: there is none
    int64_t size_at "pyrt_size_at"(const Ladder* ladder, int64_t rank)
    int64_t rank_below "pyrt_rank_below"(const Ladder* ladder, int64_t rank)   # of the next worse level
    int64_t rank_above "pyrt_rank_above"(const Ladder* ladder, int64_t rank)   # of the next better; NO_RANK: the worst
    int set_level "pyrt_set_level"(Ladder* ladder, int64_t rank, int64_t size)  # -1: no memory


cdef inline int64_t rank_of(int side, int64_t ticks) noexcept nogil:
    """The higher, the better on its side."""
    return ticks if side == 0 else -ticks

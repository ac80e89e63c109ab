/* Eight blocks of a series side by side, each as long as a window and in a lane of its own: what is added up row by row
 * waits for no neighbor, and costs the same whatever the window's length. Rows of blocks are turned into lanes and back. */
#ifndef PYRT_BLOCKS_H
#define PYRT_BLOCKS_H

#include <stdlib.h>

#include "analytic.h"

/* Zeros from a cache line's start on, or NULL. */
static inline void *pyrt_zeros(size_t bytes)
{
    const size_t size = (bytes + 63) / 64 * 64; /* lines are given whole */
    void *zeros = aligned_alloc(64, size);
    return zeros == NULL ? NULL : memset(zeros, 0, size);
}

/* How many vectors the rows of blocks of that length take. */
static inline ptrdiff_t pyrt_lanes_of(ptrdiff_t period) { return (period + 7) / 8 * 8; }

/* Whether eight blocks from b on, and the vectors that reach beyond them, are in a series of n rows. */
static inline int pyrt_eight_blocks(ptrdiff_t b, ptrdiff_t period, ptrdiff_t n) { return b + 8 * period + 8 <= n; }

/* Lane j of rows[i] becomes x[j * period + i]; from the block's last vector on there are others behind them. */
PYRT_INLINE void pyrt_blocks_take(const double *x, ptrdiff_t period, v8 *rows)
{
    for (ptrdiff_t i = 0; i < period; i += 8) {
        v8 r[8];
        for (int j = 0; j < 8; j++)
            r[j] = v8_load(x + j * period + i);
        v8_turn(r);
        for (int k = 0; k < 8; k++)
            rows[i + k] = r[k];
    }
}

/* The way back, the last rows first: what is written past a block is written again by the next one's first rows. */
PYRT_INLINE void pyrt_blocks_give(const v8 *rows, ptrdiff_t period, double *y)
{
    for (ptrdiff_t i = (period - 1) / 8 * 8; i >= 0; i -= 8) {
        v8 r[8];
        for (int k = 0; k < 8; k++)
            r[k] = rows[i + k];
        v8_turn(r);
        for (int j = 0; j < 8; j++)
            v8_store(y + j * period + i, r[j]);
    }
}

/* The first value of the block behind each of the eight. */
PYRT_INLINE v8 pyrt_blocks_next(v8 first, double beyond)
{
    return PYRT_PICK(first, v8_all(beyond), 1, 2, 3, 4, 5, 6, 7, 8);
}

/* What belongs to the block before each of the eight: `last` has those of the eight before. */
PYRT_INLINE v8 pyrt_blocks_before(v8 now, v8 last) { return PYRT_PICK(last, now, 7, 8, 9, 10, 11, 12, 13, 14); }

#endif

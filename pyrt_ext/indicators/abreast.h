/* Exponential averages of 64 rows at once, eight of them in each lane: no row waits for its neighbor, and rows are turned
 * into lanes once for all that is made of them. */
#ifndef PYRT_ABREAST_H
#define PYRT_ABREAST_H

#include "analytic.h"

typedef struct {
    double w, gain, powers[8]; /* w, w**2 ... */
    v8 start, last;            /* what is left of the last value, in all lanes, where each lane begins */
    double two, four, all;     /* w**16, w**32, w**64 */
} v8_abreast;

PYRT_INLINE v8_abreast v8_abreast_start(double gain, double start)
{
    v8_abreast s;
    s.w = 1.0 - gain, s.gain = 1.0 - s.w; /* see v8_smoother */
    s.powers[0] = s.w;
    for (int r = 1; r < 8; r++)
        s.powers[r] = s.powers[r - 1] * s.w;
    const double one = s.powers[7];
    s.two = one * one, s.four = s.two * s.two, s.all = s.four * s.four;
    s.start = (v8){1.0, one, s.two, s.two * one, s.four, s.four * one, s.four * s.two, s.four * s.two * one};
    s.last = v8_all(start);
    return s;
}

/* Lane j of x[r] is that of row 8 * j + r; that of rows[r] becomes the average there. The two may be the same. */
PYRT_INLINE void v8_smooth_abreast(v8_abreast *s, const v8 *x, v8 *rows)
{
    const v8 zero = {0};
    rows[0] = x[0] * s->gain;
    for (int r = 1; r < 8; r++)
        rows[r] = rows[r - 1] * s->w + x[r] * s->gain;
    v8 behind = rows[7];
    behind += PYRT_PICK(zero, behind, 7, 8, 9, 10, 11, 12, 13, 14) * s->powers[7];
    behind += PYRT_PICK(zero, behind, 6, 7, 8, 9, 10, 11, 12, 13) * s->two;
    behind += PYRT_PICK(zero, behind, 4, 5, 6, 7, 8, 9, 10, 11) * s->four;
    const v8 before = PYRT_PICK(zero, behind, 7, 8, 9, 10, 11, 12, 13, 14) + s->last * s->start;
    for (int r = 0; r < 8; r++)
        rows[r] += before * s->powers[r];
    s->last = v8_last(behind) + s->last * s->all;
}

#endif

/* Ehlers' adaptive average, of which other families are made too. */
#ifndef PYRT_MESA_H
#define PYRT_MESA_H

#include "hilbert.h"

#define PYRT_DEGREES 57.29577951308232 /* in a radian */

enum { PYRT_MESA_START = 12 }; /* where the transform begins */

typedef struct {
    const double *x;
    double *mama, *fama;
    double fast, slow, average, follower, phase;
} pyrt_mesa;

/* How far each row goes towards its price: the slower the phase turns, the further. */
PYRT_CLONES static void pyrt_mesa_gains(pyrt_mesa *m, const pyrt_share *p, double *gains)
{
    v8 before = v8_all(m->phase);
    const v8 fast = v8_all(m->fast), slow = v8_all(m->slow);
    for (ptrdiff_t t = 0; t < p->count; t += 8) {
        const v8 inphase = v8_load(p->inphase + t);
        const v8 phase = v8_where(inphase != 0.0, v8_arc(v8_load(p->quadrature + t), inphase) * PYRT_DEGREES);
        const v8 turned = PYRT_PICK(before, phase, 7, 8, 9, 10, 11, 12, 13, 14) - phase;
        const v8 gain = v8_max(fast / turned, slow);
        v8_store(gains + t, (v8)((v8i)v8_where(turned > 1.0, gain) | (v8i)v8_where(turned <= 1.0, fast)));
        before = phase;
        if (t + 8 >= p->count)
            m->phase = phase[(p->count - 1) & 7];
    }
}

static void pyrt_mesa_take(void *user, const pyrt_share *p)
{
    pyrt_mesa *m = user;
    double gains[PYRT_HILBERT_SHARE], average = m->average, follower = m->follower;
    pyrt_mesa_gains(m, p, gains);
    const double *x = m->x + p->first;
    double *mama = m->mama + p->first, *fama = m->fama + p->first; /* written first: it may be the same place */
    for (ptrdiff_t t = 0; t < p->count; t++) {
        const double gain = gains[t], half = gain * 0.5;
        average = gain * x[t] + (1.0 - gain) * average;
        follower = half * average + (1.0 - half) * follower;
        fama[t] = follower;
        mama[t] = average;
    }
    m->average = average, m->follower = follower;
}

/* Where only the average is wanted, both outputs may be one place. */
static int pyrt_mama(const double *x, double *mama, double *fama, ptrdiff_t n, double fast, double slow)
{
    pyrt_mesa m = {x, mama, fama, fast, slow, 0.0, 0.0, 0.0};
    const int answer = pyrt_hilbert(x, n, PYRT_MESA_START, pyrt_mesa_take, &m);
    pyrt_fill_nan(mama, pyrt_min(32, n));
    pyrt_fill_nan(fama, pyrt_min(32, n));
    return answer;
}

#endif

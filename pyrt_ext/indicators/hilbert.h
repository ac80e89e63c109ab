/* Ehlers' Hilbert transform: the two components of a price's cycle, and its period. Every row needs the period of the row
 * before, through forty operations that wait for each other; eight stretches go side by side. */
#ifndef PYRT_HILBERT_H
#define PYRT_HILBERT_H

#include <stdlib.h>

#include "analytic.h"
#include "call.h"
#include "stretches.h"

enum {
    PYRT_HILBERT_EARLY = 640, /* how many rows before its stretch a lane starts: it takes some five hundred to forget */
    PYRT_HILBERT_BACK = 64,   /* how many rows before a panel's first are kept; a period has up to 50 */
    PYRT_HILBERT_ROWS = 8 * PYRT_STRETCH_MOST + PYRT_HILBERT_EARLY,
    PYRT_HILBERT_ROOM = PYRT_HILBERT_BACK + PYRT_HILBERT_ROWS + 8,
    PYRT_HILBERT_SHARE = 1024, /* how many rows users are given at once */
};

/* Rows that are computed together. Every array begins PYRT_HILBERT_BACK rows before them. */
typedef struct {
    ptrdiff_t first, count; /* of the data's rows, and how many */
    double smooth[PYRT_HILBERT_ROOM], wave[PYRT_HILBERT_ROOM], quadrature[PYRT_HILBERT_ROOM];
    double period[PYRT_HILBERT_ROOM], source[PYRT_HILBERT_ROOM];
} pyrt_panel;

/* What users are given: some of these rows, with room for a multiple of eight, and at least 50 rows before them, which
 * are 0 where the transform had not begun. */
typedef struct {
    ptrdiff_t first, count;
    const double *smooth, *inphase, *quadrature, *period;
} pyrt_share;

typedef void (*pyrt_taker)(void *user, const pyrt_share *share);

/* What a lane knows; rings of sixteen rows. */
typedef struct {
    v8 wave[16], quadrature[16], inphase, across, real, imaginary, period, smoothed;
} pyrt_cycle;

enum { PYRT_CYCLE_WORDS = sizeof(pyrt_cycle) / sizeof(v8) };

PYRT_INLINE v8 pyrt_hilbert_of(v8 now, v8 two, v8 four, v8 six)
{
    return ((now * 0.0962 - six * 0.0962) - four * 0.5769) + two * 0.5769;
}

/* One row of each lane; `source` is the transform of the smoothed prices before it is scaled by the period. */
PYRT_INLINE void pyrt_cycle_step(pyrt_cycle *s, v8 source, ptrdiff_t t)
{
    const v8 *w = s->wave, *u = s->quadrature, old = s->period, scale = old * 0.075 + 0.54;
    const v8 wave = source * scale, inphase = w[(t - 3) & 15];
    const v8 quadrature = pyrt_hilbert_of(wave, w[(t - 2) & 15], w[(t - 4) & 15], w[(t - 6) & 15]) * scale;
    const v8 ahead = pyrt_hilbert_of(inphase, w[(t - 5) & 15], w[(t - 7) & 15], w[(t - 9) & 15]) * scale;
    const v8 across_ahead = pyrt_hilbert_of(quadrature, u[(t - 2) & 15], u[(t - 4) & 15], u[(t - 6) & 15]) * scale;
    s->wave[t & 15] = wave;
    s->quadrature[t & 15] = quadrature;
    const v8 across = (quadrature + ahead) * 0.2 + s->across * 0.8;
    const v8 along = (inphase - across_ahead) * 0.2 + s->inphase * 0.8;
    const v8 real = (along * s->inphase + across * s->across) * 0.2 + s->real * 0.8;
    const v8 imaginary = (along * s->across - across * s->inphase) * 0.2 + s->imaginary * 0.8;
    s->across = across, s->inphase = along, s->real = real, s->imaginary = imaginary;
    v8 period = 6.283185307179586 / v8_arc(imaginary, real);
    period = (v8)((v8i)v8_where(real * imaginary != 0.0, period) | (v8i)v8_where(real * imaginary == 0.0, old));
    period = v8_least(v8_max(v8_max(v8_least(period, old * 1.5), old * 0.67), v8_all(6.0)), v8_all(50.0));
    s->period = period * 0.2 + old * 0.8;
    s->smoothed = s->period * 0.33 + s->smoothed * 0.67;
}

PYRT_CLONES static void pyrt_cycle_run(
    void *user, v8 *state, ptrdiff_t at, ptrdiff_t stride, ptrdiff_t from, ptrdiff_t to)
{
    pyrt_panel *p = user;
    pyrt_cycle s;
    memcpy(&s, state, sizeof s);
    v8 source[8], period[8];
    for (ptrdiff_t t = from; t < to; t += 8) {
        for (int j = 0; j < 8; j++)
            source[j] = v8_load(p->source + at + j * stride + t);
        v8_turn(source);
        for (int k = 0; k < 8; k++) {
            pyrt_cycle_step(&s, source[k], t + k);
            period[k] = s.smoothed;
        }
        v8_turn(period);
        for (int j = 0; j < 8; j++)
            v8_store(p->period + at + j * stride + t, period[j]);
        memcpy(source, s.wave + (t & 15), sizeof source);
        v8_turn(source);
        for (int j = 0; j < 8; j++)
            v8_store(p->wave + at + j * stride + t, source[j]);
        memcpy(source, s.quadrature + (t & 15), sizeof source);
        v8_turn(source);
        for (int j = 0; j < 8; j++)
            v8_store(p->quadrature + at + j * stride + t, source[j]);
    }
    memcpy(state, &s, sizeof s);
}

/* Prices smoothed by weights 4, 3, 2, 1, from row 3 on; the sums are carried along as TA-Lib does: what their rounding
 * leaves of a market that stands still is what its cycle is read from. */
typedef struct {
    double sum, weighted, leaving;
} pyrt_smoothing;

static void pyrt_smooth_prices(pyrt_smoothing *s, const double *x, double *y, ptrdiff_t from, ptrdiff_t n)
{
    double sum = s->sum, weighted = s->weighted, leaving = s->leaving;
    for (ptrdiff_t t = from; t < from + n; t++) {
        sum = (sum + x[t]) - leaving;
        leaving = x[t - 3];
        weighted += x[t] * 4.0;
        y[t - from] = weighted * 0.1;
        weighted -= sum;
    }
    s->sum = sum, s->weighted = weighted, s->leaving = leaving;
}

PYRT_CLONES static void pyrt_sources(pyrt_panel *p)
{
    const double *smooth = p->smooth + PYRT_HILBERT_BACK;
    double *source = p->source + PYRT_HILBERT_BACK;
    for (ptrdiff_t t = 0; t < p->count; t += 8)
        v8_store(source + t, pyrt_hilbert_of(
            v8_load(smooth + t), v8_load(smooth + t - 2), v8_load(smooth + t - 4), v8_load(smooth + t - 6)));
}

static void pyrt_panel_share(const pyrt_panel *p, pyrt_taker take, void *user)
{
    for (ptrdiff_t t = 0; t < p->count; t += PYRT_HILBERT_SHARE) {
        const ptrdiff_t at = PYRT_HILBERT_BACK + t;
        const pyrt_share share = {
            p->first + t, pyrt_min(p->count - t, PYRT_HILBERT_SHARE), p->smooth + at, p->wave + at - 3,
            p->quadrature + at, p->period + at,
        };
        take(user, &share);
    }
}

/* The last rows become those before the next panel. */
static void pyrt_panel_on(pyrt_panel *p)
{
    double *all[] = {p->smooth, p->wave, p->quadrature, p->period};
    for (int i = 0; i < 4; i++)
        memmove(all[i], all[i] + p->count, PYRT_HILBERT_BACK * sizeof **all);
}

/* Gives the series to `take`, share by share, from row `start` on, which is at least 3. */
static int pyrt_hilbert(const double *x, ptrdiff_t n, ptrdiff_t start, pyrt_taker take, void *user)
{
    if (n <= start)
        return PYRT_UNSURE;
    pyrt_panel *p = calloc(1, sizeof *p);
    if (p == NULL)
        return PYRT_NO_MEMORY;
    pyrt_smoothing smoothing = {(x[0] + x[1]) + x[2], (x[0] + x[1] * 2.0) + x[2] * 3.0, 0.0};
    const pyrt_stretches lanes = {pyrt_cycle_run, p, PYRT_CYCLE_WORDS, PYRT_HILBERT_EARLY};
    const v8 nothing[PYRT_CYCLE_WORDS] = {{0}};
    v8 state[PYRT_CYCLE_WORDS] = {{0}};
    pyrt_smooth_prices(&smoothing, x, p->smooth, 3, start - 3);
    memset(p->smooth, 0, sizeof p->smooth);
    for (p->first = start; p->first < n; p->first += p->count) {
        const ptrdiff_t left = n - p->first, stretch = pyrt_stretch_of(&lanes, left);
        p->count = stretch > 0 ? 8 * stretch + PYRT_HILBERT_EARLY : left;
        pyrt_smooth_prices(&smoothing, x, p->smooth + PYRT_HILBERT_BACK, p->first, p->count);
        pyrt_sources(p);
        if (stretch > 0)
            pyrt_side_by_side(&lanes, state, nothing, PYRT_HILBERT_BACK, stretch);
        else
            pyrt_cycle_run(p, state, PYRT_HILBERT_BACK, 0, 0, (left + 7) / 8 * 8);
        pyrt_panel_share(p, take, user);
        pyrt_panel_on(p);
    }
    free(p);
    return !isfinite(smoothing.weighted);
}

#endif

/* Cycle Indicators: what Ehlers reads from the Hilbert transform of prices. */
#ifndef PYRT_CYCLES_H
#define PYRT_CYCLES_H

#include "../mesa.h"
#include "../rows.h"
#include "../analytic.h"

enum { PYRT_CYCLE_START = 37, PYRT_CYCLE_LONGEST = 50 }; /* where the transform begins if a phase is wanted; periods */

typedef double pyrt_pair __attribute__((vector_size(16)));

static void pyrt_period_take(void *user, const pyrt_share *p)
{
    memcpy((double *)user + p->first, p->period, (size_t)p->count * sizeof(double));
}

static int pyrt_ht_dcperiod_call(const pyrt_call *c)
{
    const int answer = pyrt_hilbert(c->x[0], c->n, PYRT_MESA_START, pyrt_period_take, c->y[0]);
    pyrt_fill_nan(c->y[0], pyrt_min(32, c->n));
    return answer;
}

static void pyrt_phasor_take(void *user, const pyrt_share *p)
{
    const pyrt_call *c = user;
    memcpy(c->y[0] + p->first, p->inphase, (size_t)p->count * sizeof(double));
    memcpy(c->y[1] + p->first, p->quadrature, (size_t)p->count * sizeof(double));
}

static int pyrt_ht_phasor_call(const pyrt_call *c)
{
    pyrt_call copy = *c;
    const int answer = pyrt_hilbert(c->x[0], c->n, PYRT_MESA_START, pyrt_phasor_take, &copy);
    pyrt_fill_nan(c->y[0], pyrt_min(32, c->n));
    pyrt_fill_nan(c->y[1], pyrt_min(32, c->n));
    return answer;
}

static int pyrt_mama_call(const pyrt_call *c)
{
    return pyrt_mama(c->x[0], c->y[0], c->y[1], c->n, c->p[0], c->p[1]);
}

/* What users of the phase remember from panel to panel. */
typedef struct {
    const pyrt_call *c;
    double phase, sine, lead; /* of the last row */
    double means[4];          /* over the last periods, the newest at 3 */
    ptrdiff_t since;          /* rows since the sines met */
    char known[PYRT_CYCLE_LONGEST + 1];
    pyrt_pair turns[PYRT_CYCLE_LONGEST + 1][PYRT_CYCLE_LONGEST]; /* sine and cosine of each part of a period, if known */
    double phases[PYRT_HILBERT_SHARE], sines[PYRT_HILBERT_SHARE], leads[PYRT_HILBERT_SHARE], trend[PYRT_HILBERT_SHARE];
} pyrt_phaser;

static const pyrt_pair *pyrt_turns_of(pyrt_phaser *f, ptrdiff_t period)
{
    if (!f->known[period]) {
        for (ptrdiff_t i = 0; i < period; i++) {
            const double angle = (double)i * 6.283185307179586 / (double)period;
            f->turns[period][i] = (pyrt_pair){sin(angle), cos(angle)};
        }
        f->known[period] = 1;
    }
    return f->turns[period];
}

/* The phase of the sine wave of the row's period that the smoothed prices are most like. */
PYRT_CLONES static void pyrt_angles(const double *part, const double *across, const double *period, double *y, ptrdiff_t n)
{
    for (ptrdiff_t t = 0; t < n; t += 8) {
        const v8 up = v8_load(part + t), along = v8_load(across + t);
        const v8 phase = v8_arc(up, along) * PYRT_DEGREES + 90.0 + 360.0 / v8_load(period + t) + v8_where(along < 0.0, v8_all(180.0));
        v8_store(y + t, phase - v8_where(phase > 315.0, v8_all(360.0)));
    }
}

static void pyrt_phases(pyrt_phaser *f, const pyrt_share *p)
{
    const double *smooth = p->smooth, *period = p->period;
    double part[PYRT_HILBERT_SHARE] = {0}, across[PYRT_HILBERT_SHARE] = {0};
    int flat = 0;
    for (ptrdiff_t t = 0; t < p->count; t++) {
        const ptrdiff_t length = (ptrdiff_t)(period[t] + 0.5);
        const pyrt_pair *turns = pyrt_turns_of(f, length);
        pyrt_pair sum = {0.0, 0.0};
        for (ptrdiff_t i = 0; i < length; i++)
            sum += turns[i] * smooth[t - i];
        part[t] = sum[0], across[t] = sum[1];
        flat |= sum[1] == 0.0;
    }
    pyrt_angles(part, across, period, f->phases, p->count);
    for (ptrdiff_t t = 0; t < p->count && flat; t++)
        if (across[t] == 0.0) { /* it goes on from the row before */
            double phase = t > 0 ? f->phases[t - 1] : f->phase;
            phase += part[t] < 0.0 ? -90.0 : part[t] > 0.0 ? 90.0 : 0.0;
            phase = phase + 90.0 + 360.0 / period[t];
            f->phases[t] = phase > 315.0 ? phase - 360.0 : phase;
        }
}

static void pyrt_phase_take(void *user, const pyrt_share *p)
{
    pyrt_phaser *f = user;
    pyrt_phases(f, p);
    f->phase = f->phases[p->count - 1];
    memcpy(f->c->y[0] + p->first, f->phases, (size_t)p->count * sizeof(double));
}

/* Runs the transform for users of the phase, and writes their warm-up: NaN, or integers' 0. */
static int pyrt_with_phase(const pyrt_call *c, pyrt_taker take, int outputs, double blank)
{
    pyrt_phaser *f = calloc(1, sizeof *f);
    if (f == NULL)
        return PYRT_NO_MEMORY;
    f->c = c;
    const int answer = pyrt_hilbert(c->x[0], c->n, PYRT_CYCLE_START, take, f);
    for (int i = 0; i < outputs; i++)
        for (ptrdiff_t t = 0; t < pyrt_min(63, c->n); t++)
            c->y[i][t] = blank;
    free(f);
    return answer;
}

static int pyrt_ht_dcphase_call(const pyrt_call *c) { return pyrt_with_phase(c, pyrt_phase_take, 1, NAN); }

/* Sines of the phase, and of an eighth of a turn later. */
PYRT_CLONES static void pyrt_sines(const double *phase, double *sine, double *lead, ptrdiff_t n)
{
    v8 now, later, unused;
    for (ptrdiff_t t = 0; t < n; t += 8) {
        const v8 degrees = v8_load(phase + t);
        v8_sincos(degrees * 0.017453292519943295, &now, &unused);
        v8_sincos((degrees + 45.0) * 0.017453292519943295, &later, &unused);
        v8_store(sine + t, now);
        v8_store(lead + t, later);
    }
}

static void pyrt_sine_take(void *user, const pyrt_share *p)
{
    pyrt_phaser *f = user;
    pyrt_phases(f, p);
    f->phase = f->phases[p->count - 1];
    pyrt_sines(f->phases, f->sines, f->leads, p->count);
    memcpy(f->c->y[0] + p->first, f->sines, (size_t)p->count * sizeof(double));
    memcpy(f->c->y[1] + p->first, f->leads, (size_t)p->count * sizeof(double));
}

static int pyrt_ht_sine_call(const pyrt_call *c) { return pyrt_with_phase(c, pyrt_sine_take, 2, NAN); }

/* Means of prices over the rows' periods, smoothed by weights 4, 3, 2, 1. */
PYRT_CLONES static void pyrt_period_means(const double *x, const double *period, double *y, ptrdiff_t n)
{
    for (ptrdiff_t t = 0; t < n; t++) {
        const ptrdiff_t length = (ptrdiff_t)(period[t] + 0.5);
        const double *first = x + t - length + 1;
        double sum = 0.0;
        ptrdiff_t i = 0;
        if (length >= 8) {
            v8 sums = v8_load(first);
            for (i = 8; i + 8 <= length; i += 8)
                sums += v8_load(first + i);
            sums = v8_prefix(sums);
            sum = sums[7];
        }
        for (; i < length; i++)
            sum += first[i];
        y[t] = length > 0 ? sum / (double)length : 0.0;
    }
}

static void pyrt_trendlines(pyrt_phaser *f, const pyrt_share *p, double *y)
{
    double means[3 + PYRT_HILBERT_SHARE];
    double *mean = means + 3;
    memcpy(means, f->means + 1, 3 * sizeof *means);
    pyrt_period_means(f->c->x[0] + p->first, p->period, mean, p->count);
    for (ptrdiff_t t = 0; t < p->count; t++)
        y[t] = (((4.0 * mean[t] + 3.0 * mean[t - 1]) + 2.0 * mean[t - 2]) + mean[t - 3]) / 10.0;
    memcpy(f->means + 1, mean + p->count - 3, 3 * sizeof *means);
}

static void pyrt_trendline_take(void *user, const pyrt_share *p)
{
    pyrt_phaser *f = user;
    pyrt_trendlines(f, p, f->c->y[0] + p->first);
}

static int pyrt_ht_trendline_call(const pyrt_call *c) { return pyrt_with_phase(c, pyrt_trendline_take, 1, NAN); }

/* A trend, unless the sines met within half a period, or the phase turns as the period says; far off the trendline in
 * any case. */
static void pyrt_trendmode_take(void *user, const pyrt_share *p)
{
    pyrt_phaser *f = user;
    const double *smooth = p->smooth, *period = p->period;
    int64_t *y = pyrt_integers(f->c, 0) + p->first;
    double sine = f->sine, lead = f->lead, phase = f->phase;
    pyrt_phases(f, p);
    pyrt_sines(f->phases, f->sines, f->leads, p->count);
    pyrt_trendlines(f, p, f->trend);
    for (ptrdiff_t t = 0; t < p->count; t++) {
        const double now = f->sines[t], later = f->leads[t], turned = f->phases[t] - phase, whole = 360.0 / period[t];
        const int met = (now > later && sine <= lead) || (now < later && sine >= lead);
        f->since = met ? 1 : f->since + 1;
        int trend = !met && (double)f->since >= 0.5 * period[t] && !(turned > 0.67 * whole && turned < 1.5 * whole);
        if (f->trend[t] != 0.0 && fabs((smooth[t] - f->trend[t]) / f->trend[t]) >= 0.015)
            trend = 1;
        y[t] = trend;
        sine = now, lead = later, phase = f->phases[t];
    }
    f->sine = sine, f->lead = lead, f->phase = phase;
}

static int pyrt_ht_trendmode_call(const pyrt_call *c) { return pyrt_with_phase(c, pyrt_trendmode_take, 1, 0.0); }

#endif

/* Bands, and the stop that follows a price. */
#ifndef PYRT_BANDS_H
#define PYRT_BANDS_H

#include "kinds.h"
#include "statistics.h"
#include "stretches.h"

PYRT_CLONES_PLAIN static void pyrt_around(
    const double *restrict middle, double *restrict upper, double *restrict lower, ptrdiff_t n, double up, double down)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double deviation = upper[i];
        upper[i] = middle[i] + up * deviation;
        lower[i] = middle[i] - down * deviation;
    }
}

static int pyrt_bbands_part(const pyrt_call *c)
{
    const ptrdiff_t period = (ptrdiff_t)c->p[0], lost = pyrt_average_warmup(period, (int)c->p[3]);
    const ptrdiff_t warmup = pyrt_min(lost < period ? period - 1 : lost, c->n);
    const pyrt_call deviation = {{c->x[0]}, {c->y[0]}, {c->p[0], 1.0}, c->n, 0};
    int answer = pyrt_average(c->x[0], c->y[1], c->n, period, (int)c->p[3]);
    answer = pyrt_both(answer, pyrt_stddev_call(&deviation));
    for (int i = 0; i < 3; i++)
        pyrt_fill_nan(c->y[i], warmup);
    pyrt_around(c->y[1] + warmup, c->y[0] + warmup, c->y[2] + warmup, c->n - warmup, c->p[1], c->p[2]);
    return pyrt_both(answer, PYRT_UNSURE);
}

enum { PYRT_BANDS_NEAR = 64 }; /* windows up to here go eight at once; longer ones would not gain on every CPU */

/* Bands around simple averages. */
PYRT_INLINE void pyrt_bands_at(const pyrt_call *c, pyrt_moments m, ptrdiff_t t, ptrdiff_t count)
{
    const v8 middle = m.anchor + m.sum * (1.0 / c->p[0]), deviation = v8_root(pyrt_variance(m, c->p[0]));
    pyrt_give(c->y[0] + t, middle + c->p[1] * deviation, count);
    pyrt_give(c->y[1] + t, middle, count);
    pyrt_give(c->y[2] + t, middle - c->p[2] * deviation, count);
}

PYRT_CLONES static int pyrt_bands_afresh(const pyrt_call *call)
{
    const pyrt_call c = *call;
    const double *x = c.x[0];
    const ptrdiff_t n = c.n, period = (ptrdiff_t)c.p[0];
    for (int i = 0; i < 3; i++)
        pyrt_fill_nan(c.y[i], pyrt_min(period - 1, n));
    v8 check = pyrt_check(x, pyrt_min(period - 1, n));
    ptrdiff_t t = period - 1;
    for (; t + 8 <= n; t += 8) {
        pyrt_bands_at(&c, pyrt_moments_afresh(x + t, period), t, 8);
        check += v8_load(x + t) * 0.0;
    }
    for (; t < n; t++) {
        pyrt_bands_at(&c, pyrt_moments_alone(x + t, period), t, 1);
        check += v8_all(x[t] * 0.0);
    }
    return pyrt_unsure(check);
}

/* Rows t to t + count - 1; returns zeros, unless one is not finite. */
PYRT_INLINE v8 pyrt_bands_shared(const pyrt_call *c, ptrdiff_t period, ptrdiff_t t, ptrdiff_t count)
{
    const v8 raw = pyrt_take(c->x[0] + t, count);
    pyrt_bands_at(c, pyrt_moments_shared(c->x[0] + t, raw, period), t, count);
    return raw * 0.0;
}

/* For windows of more than eight rows, eight neighbors at once. */
PYRT_CLONES static int pyrt_bands_near(const pyrt_call *call)
{
    const pyrt_call c = *call;
    const ptrdiff_t n = c.n, period = (ptrdiff_t)c.p[0], lost = pyrt_min(period - 1, n);
    for (int i = 0; i < 3; i++)
        pyrt_fill_nan(c.y[i], lost);
    v8 check = pyrt_check(c.x[0], lost);
    ptrdiff_t t = lost;
    for (; t + 8 <= n; t += 8)
        check += pyrt_bands_shared(&c, period, t, 8);
    if (t < n)
        check += pyrt_bands_shared(&c, period, t, n - t);
    return pyrt_unsure(check);
}

static int pyrt_bbands_call(const pyrt_call *c)
{
    const ptrdiff_t lost = pyrt_average_warmup((ptrdiff_t)c->p[0], (int)c->p[3]), before = (ptrdiff_t)c->p[0] - 1;
    if ((c->p[3] == 0.0 || c->p[3] == PYRT_OWN) && c->p[0] <= PYRT_BANDS_NEAR)
        return c->p[0] <= PYRT_FEW ? pyrt_bands_afresh(c) : pyrt_bands_near(c);
    return pyrt_forgets(c->p[3]) ? pyrt_in_parts(c, pyrt_bbands_part, 1, 3, lost > before ? lost : before)
                                 : pyrt_bbands_part(c);
}

/* What a parabolic stop does in a rising and in a falling trend. */
typedef struct {
    double first, step, most; /* the pace of a new trend, what an extreme adds to it, and the most that it becomes */
} pyrt_pace;

typedef struct {
    const pyrt_call *c;
    pyrt_pace rising, falling;
    double offset;
    int mirrored; /* outputs are of the mirror */
} pyrt_sar;

enum { PYRT_SAR_EARLY = 384 }; /* rows after which trends that began differently have mostly turned to the same */

/* A falling trend is a rising one in a mirror, where prices are negative: so there is one path through a bar. Words of a
 * state, all but the first in the trend's mirror: the direction, 1 or -1; the stop for the next bar, the trend's extreme,
 * the pace; the extremes of the bar before. */
enum { PYRT_SAR_SIGN, PYRT_SAR_STOP, PYRT_SAR_EXTREME, PYRT_SAR_PACE, PYRT_SAR_HIGH, PYRT_SAR_LOW, PYRT_SAR_WORDS };

PYRT_INLINE v8 v8_mirrored(v8 v, v8i mirror) { return (v8)((v8i)v ^ (mirror & INT64_MIN)); }

/* A bar of each lane: the stop moves towards the extreme of the trend, the faster the more extremes there were, and never
 * into the ranges of the last two bars; where a bar reaches it, the trend turns and it starts from the extreme. */
PYRT_INLINE v8 pyrt_sar_step(const pyrt_sar *w, v8 *s, v8 high, v8 low)
{
    const v8i mirror = v8_negative(s[PYRT_SAR_SIGN]);
    const v8 h = v8_mirrored(v8_select(mirror, low, high), mirror), l = v8_mirrored(v8_select(mirror, high, low), mirror);
    const v8 stop = s[PYRT_SAR_STOP], extreme = s[PYRT_SAR_EXTREME], before = s[PYRT_SAR_HIGH], under = s[PYRT_SAR_LOW];
    const v8i turned = ~v8_negative(stop - l), now = mirror ^ turned;
    const v8 reach = v8_max(v8_max(extreme, before), h), moved = reach + s[PYRT_SAR_SIGN] * (reach * w->offset);
    const v8 first = v8_select(now, v8_all(w->falling.first), v8_all(w->rising.first));
    const v8 step = v8_select(mirror, v8_all(w->falling.step), v8_all(w->rising.step));
    const v8 most = v8_select(mirror, v8_all(w->falling.most), v8_all(w->rising.most));
    const v8 quick = v8_select(v8_negative(extreme - h), v8_least(s[PYRT_SAR_PACE] + step, most), s[PYRT_SAR_PACE]);
    const v8 shown = v8_select(turned, -moved, stop), pace = v8_select(turned, first, quick);
    const v8 far = v8_select(turned, -l, v8_max(extreme, h));
    const v8 floor = v8_select(turned, -v8_max(before, h), v8_least(under, l));
    s[PYRT_SAR_SIGN] = (v8)(((v8i)v8_all(1.0)) | (now & INT64_MIN));
    s[PYRT_SAR_STOP] = v8_least(shown + pace * (far - shown), floor);
    s[PYRT_SAR_EXTREME] = far;
    s[PYRT_SAR_PACE] = pace;
    s[PYRT_SAR_HIGH] = v8_select(turned, -l, h);
    s[PYRT_SAR_LOW] = v8_select(turned, -h, l);
    return w->mirrored ? shown : v8_mirrored(shown, now);
}

PYRT_CLONES static void pyrt_sar_run(void *user, v8 *state, ptrdiff_t at, ptrdiff_t stride, ptrdiff_t from, ptrdiff_t to)
{
    const pyrt_sar w = *(const pyrt_sar *)user;
    const double *high = w.c->x[0] + at, *low = w.c->x[1] + at;
    double *y = w.c->y[0] + at;
    v8 s[PYRT_SAR_WORDS], h[8], l[8];
    memcpy(s, state, sizeof s);
    for (ptrdiff_t t = from; t < to; t += 8) {
        for (int j = 0; j < 8; j++)
            h[j] = v8_load(high + j * stride + t), l[j] = v8_load(low + j * stride + t);
        v8_turn(h);
        v8_turn(l);
        for (int k = 0; k < 8; k++)
            h[k] = pyrt_sar_step(&w, s, h[k], l[k]);
        v8_turn(h);
        for (int j = 0; j < 8; j++)
            v8_store(y + j * stride + t, h[j]);
    }
    memcpy(state, s, sizeof s);
}

/* The same, one bar after the other, for rows [from, n). */
PYRT_INLINE void pyrt_sar_rows(const pyrt_sar *w, const v8 *state, ptrdiff_t from)
{
    const double *high = w->c->x[0], *low = w->c->x[1];
    double *y = w->c->y[0];
    double sign = state[PYRT_SAR_SIGN][0], stop = state[PYRT_SAR_STOP][0], extreme = state[PYRT_SAR_EXTREME][0];
    double pace = state[PYRT_SAR_PACE][0], before = state[PYRT_SAR_HIGH][0], under = state[PYRT_SAR_LOW][0];
    pyrt_pace now = sign > 0.0 ? w->rising : w->falling;
    for (ptrdiff_t t = from; t < w->c->n; t++) {
        double h = sign > 0.0 ? high[t] : -low[t], l = sign > 0.0 ? low[t] : -high[t];
        if (l <= stop) {
            double reach = extreme < before ? before : extreme;
            reach = reach < h ? h : reach;
            stop = -(reach + sign * (reach * w->offset));
            reach = -l, l = -h, h = reach, reach = -under, under = -before, before = reach;
            sign = -sign;
            now = sign > 0.0 ? w->rising : w->falling;
            pace = now.first, extreme = h;
            y[t] = w->mirrored ? stop : stop * sign;
        } else {
            y[t] = w->mirrored ? stop : stop * sign;
            const double quicker = pace + now.step < now.most ? pace + now.step : now.most;
            pace = h > extreme ? quicker : pace;
            extreme = h > extreme ? h : extreme;
        }
        const double floor = under < l ? under : l;
        stop += pace * (extreme - stop);
        stop = stop > floor ? floor : stop;
        before = h, under = l;
    }
}

/* The second bar says where the first trend goes: down, if it moved further down than up. */
static double pyrt_sar_sign(const pyrt_call *c)
{
    const double up = c->x[0][1] - c->x[0][0], down = c->x[1][0] - c->x[1][1];
    return down > 0.0 && down > up ? -1.0 : 1.0;
}

/* The first trend has that direction, and its stop begins at `start` in its mirror. */
static int pyrt_sar_all(const pyrt_sar *w, double sign, double start)
{
    const pyrt_call *c = w->c;
    const pyrt_stretches lanes = {pyrt_sar_run, (void *)w, PYRT_SAR_WORDS, PYRT_SAR_EARLY};
    const double high = sign > 0.0 ? c->x[0][1] : -c->x[1][1], low = sign > 0.0 ? c->x[1][1] : -c->x[0][1];
    const double first = sign > 0.0 ? w->rising.first : w->falling.first;
    const v8 nothing[PYRT_SAR_WORDS] = {v8_all(1.0)}; /* the first bar is before itself, too */
    v8 state[PYRT_SAR_WORDS] = {v8_all(sign), v8_all(start), v8_all(high), v8_all(first), v8_all(high), v8_all(low)};
    ptrdiff_t t = 1, stretch;
    while ((stretch = pyrt_stretch_of(&lanes, c->n - t)) > 0) {
        pyrt_side_by_side(&lanes, state, nothing, t, stretch);
        t += 8 * stretch + PYRT_SAR_EARLY;
    }
    pyrt_sar_rows(w, state, t);
    return PYRT_UNSURE;
}

static int pyrt_sar_call(const pyrt_call *c)
{
    const double most = c->p[1], step = c->p[0] < most ? c->p[0] : most;
    const pyrt_sar w = {c, {step, step, most}, {step, step, most}, 0.0, 0};
    c->y[0][0] = NAN;
    if (c->n < 2)
        return PYRT_UNSURE;
    const double sign = pyrt_sar_sign(c);
    return pyrt_sar_all(&w, sign, sign > 0.0 ? c->x[1][0] : -c->x[0][0]);
}

static int pyrt_sarext_call(const pyrt_call *c)
{
    pyrt_sar w = {.c = c, .offset = c->p[1], .mirrored = 1};
    c->y[0][0] = NAN;
    if (c->n < 2)
        return PYRT_UNSURE;
    for (int i = 0; i < 2; i++) {
        const double *p = c->p + 2 + 3 * i, most = p[2];
        *(i == 0 ? &w.rising : &w.falling) = (pyrt_pace){p[0] < most ? p[0] : most, p[1] < most ? p[1] : most, most};
    }
    const double begin = c->p[0], sign = begin == 0.0 ? pyrt_sar_sign(c) : begin > 0.0 ? 1.0 : -1.0;
    return pyrt_sar_all(&w, sign, begin != 0.0 ? begin : sign > 0.0 ? c->x[1][0] : -c->x[0][0]);
}

#endif

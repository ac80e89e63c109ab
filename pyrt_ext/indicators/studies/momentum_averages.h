/* Momentum of averages: how far they are apart from each other, or from a price. */
#ifndef PYRT_MOMENTUM_AVERAGES_H
#define PYRT_MOMENTUM_AVERAGES_H

#include "../oscillators.h"
#include "../statistics.h"

PYRT_CLONES_PLAIN static void pyrt_take_off(const double *restrict x, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] -= x[i];
}

/* Averages of the bars' middles, over `fast` rows less over `slow`; room for two arrays. Answers as a kernel does. */
static int pyrt_awesome(const pyrt_call *c, double *y, double *room)
{
    const ptrdiff_t n = c->n, fast = (ptrdiff_t)c->p[0], slow = (ptrdiff_t)c->p[1];
    const ptrdiff_t warmup = pyrt_min((fast > slow ? fast : slow) - 1, n);
    double *slack = room + n;
    pyrt_halfway(c->x[0], c->x[1], room, n);
    const int answer = pyrt_window_sum(room, y, n, fast, 1.0 / (double)fast);
    pyrt_window_sum(room, slack, n, slow, 1.0 / (double)slow);
    pyrt_fill_nan(y, warmup);
    pyrt_take_off(slack + warmup, y + warmup, n - warmup);
    return answer;
}

static int pyrt_ao_part(const pyrt_call *c)
{
    double *room = pyrt_room(c->n, 2);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    const int answer = pyrt_awesome(c, c->y[0], room);
    free(room);
    return answer;
}

/* Both in one walk, where windows are short. */
PYRT_INLINE void pyrt_ao_begin(const pyrt_call *c, pyrt_short *s)
{
    pyrt_short_begin(&s[0], (ptrdiff_t)c->p[0]);
    pyrt_short_begin(&s[1], (ptrdiff_t)c->p[1]);
}

PYRT_INLINE v8 pyrt_ao_at(const pyrt_call *c, pyrt_short *s, v8 middle)
{
    return pyrt_short_next(&s[0], middle) * (1.0 / c->p[0]) - pyrt_short_next(&s[1], middle) * (1.0 / c->p[1]);
}

PYRT_INLINE v8 pyrt_ao_step(const pyrt_call *c, pyrt_short *s, ptrdiff_t t, ptrdiff_t count)
{
    const v8 middle = (pyrt_take(c->x[0] + t, count) + pyrt_take(c->x[1] + t, count)) / 2.0;
    pyrt_give(c->y[0] + t, pyrt_ao_at(c, s, middle), count);
    return middle * 0.0;
}

PYRT_WALK(ao, 2, 0)

static int pyrt_ao_call(const pyrt_call *c)
{
    if (pyrt_wide() && fmax(c->p[0], c->p[1]) <= PYRT_SHORT) {
        const int answer = pyrt_ao_wide(c);
        pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)fmax(c->p[0], c->p[1]) - 1, c->n));
        return answer;
    }
    return pyrt_in_parts(c, pyrt_ao_part, 2, 1, (ptrdiff_t)fmax(c->p[0], c->p[1]) - 1);
}

/* The same less its own average. */
static int pyrt_ac_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, signal = (ptrdiff_t)c->p[2], first = pyrt_min((ptrdiff_t)fmax(c->p[0], c->p[1]) - 1, n);
    const ptrdiff_t warmup = pyrt_min(first + signal - 1, n);
    double *y = c->y[0];
    if (n <= warmup) {
        pyrt_fill_nan(y, warmup);
        return PYRT_UNSURE;
    }
    double *room = pyrt_room(n, 2);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    const int answer = pyrt_awesome(c, y, room);
    pyrt_window_sum(y + first, room + first, n - first, signal, 1.0 / (double)signal);
    pyrt_take_off(room + warmup, y + warmup, n - warmup);
    pyrt_fill_nan(y, warmup);
    free(room);
    return answer;
}

PYRT_INLINE void pyrt_ac_begin(const pyrt_call *c, pyrt_short *s)
{
    pyrt_ao_begin(c, s);
    pyrt_short_begin(&s[2], (ptrdiff_t)c->p[2]);
}

PYRT_INLINE v8 pyrt_ac_step(const pyrt_call *c, pyrt_short *s, ptrdiff_t t, ptrdiff_t count)
{
    const v8 middle = (pyrt_take(c->x[0] + t, count) + pyrt_take(c->x[1] + t, count)) / 2.0;
    const v8 line = pyrt_ao_at(c, s, middle);
    pyrt_give(c->y[0] + t, line - pyrt_short_next(&s[2], line) * (1.0 / c->p[2]), count);
    return middle * 0.0;
}

PYRT_WALK(ac, 3, 0)

static int pyrt_ac_call(const pyrt_call *c)
{
    if (pyrt_wide() && fmax(fmax(c->p[0], c->p[1]), c->p[2]) <= PYRT_SHORT) {
        const int answer = pyrt_ac_wide(c);
        pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)(fmax(c->p[0], c->p[1]) + c->p[2]) - 2, c->n));
        return answer;
    }
    return pyrt_in_parts(c, pyrt_ac_part, 2, 1, (ptrdiff_t)(fmax(c->p[0], c->p[1]) + c->p[2]) - 2);
}

/* Changes in percent over two distances, added up; x reaches back before its start. */
PYRT_CLONES_PLAIN static void pyrt_two_changes(
    const double *restrict x, double *restrict y, ptrdiff_t n, ptrdiff_t one, ptrdiff_t two)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double a = x[i - one], b = x[i - two];
        y[i] = (a != 0.0 ? (x[i] / a - 1.0) * 100.0 : 0.0) + (b != 0.0 ? (x[i] / b - 1.0) * 100.0 : 0.0);
    }
}

static int pyrt_coppock_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, one = (ptrdiff_t)c->p[1], two = (ptrdiff_t)c->p[2];
    const ptrdiff_t from = pyrt_min(one > two ? one : two, n);
    pyrt_fill_nan(c->y[0], from);
    if (n == from)
        return PYRT_UNSURE;
    double *room = pyrt_room(n - from, 1);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_two_changes(c->x[0] + from, room, n - from, one, two);
    const int answer = pyrt_wma(room, c->y[0] + from, n - from, (ptrdiff_t)c->p[0]);
    free(room);
    return pyrt_both(answer, PYRT_UNSURE);
}

static int pyrt_coppock_call(const pyrt_call *c)
{
    return pyrt_in_parts(c, pyrt_coppock_part, 1, 1, (ptrdiff_t)(fmax(c->p[1], c->p[2]) + c->p[0]) - 1);
}

PYRT_CLONES_PLAIN static void pyrt_add_to(const double *restrict x, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] += x[i];
}

/* The price of half the length before, less the average. */
static int pyrt_dpo_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], lag = period / 2 + 1;
    const ptrdiff_t warmup = pyrt_min(lag > period - 1 ? lag : period - 1, n);
    const int answer = pyrt_window_sum(c->x[0], c->y[0], n, period, -1.0 / (double)period);
    pyrt_fill_nan(c->y[0], warmup);
    if (warmup < n)
        pyrt_add_to(c->x[0] + warmup - lag, c->y[0] + warmup, n - warmup);
    return answer;
}

PYRT_INLINE void pyrt_dpo_begin(const pyrt_call *c, pyrt_short *s) { pyrt_short_begin(s, (ptrdiff_t)c->p[0]); }

PYRT_INLINE v8 pyrt_dpo_step(const pyrt_call *c, pyrt_short *s, ptrdiff_t t, ptrdiff_t count)
{
    const v8 x = pyrt_take(c->x[0] + t, count), average = pyrt_short_next(s, x) * (1.0 / c->p[0]);
    pyrt_give(c->y[0] + t, pyrt_take_before(c->x[0], t, (ptrdiff_t)c->p[0] / 2 + 1, count) - average, count);
    return x * 0.0;
}

PYRT_WALK(dpo, 1, 0)

static int pyrt_dpo_call(const pyrt_call *c)
{
    const ptrdiff_t warmup = (ptrdiff_t)fmax(c->p[0], 3.0) - 1;
    if (pyrt_wide() && c->p[0] <= PYRT_SHORT) {
        const int answer = pyrt_dpo_wide(c);
        pyrt_fill_nan(c->y[0], pyrt_min(warmup, c->n));
        return answer;
    }
    return pyrt_in_parts(c, pyrt_dpo_part, 1, 1, warmup);
}

static int pyrt_qstick_part(const pyrt_call *c)
{
    double *room = pyrt_room(c->n, 1);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_apart(c->x[1], c->x[0], room, c->n, 0);
    const int answer = pyrt_window_sum(room, c->y[0], c->n, (ptrdiff_t)c->p[0], 1.0 / c->p[0]);
    free(room);
    return answer;
}

PYRT_INLINE void pyrt_qstick_begin(const pyrt_call *c, pyrt_short *s) { pyrt_short_begin(s, (ptrdiff_t)c->p[0]); }

PYRT_INLINE v8 pyrt_qstick_step(const pyrt_call *c, pyrt_short *s, ptrdiff_t t, ptrdiff_t count)
{
    const v8 body = pyrt_take(c->x[1] + t, count) - pyrt_take(c->x[0] + t, count);
    pyrt_give(c->y[0] + t, pyrt_short_next(s, body) * (1.0 / c->p[0]), count);
    return body * 0.0;
}

PYRT_WALK(qstick, 1, 0)

static int pyrt_qstick_call(const pyrt_call *c)
{
    if (pyrt_wide() && c->p[0] <= PYRT_SHORT) {
        const int answer = pyrt_qstick_wide(c);
        pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)c->p[0] - 1, c->n));
        return answer;
    }
    return pyrt_in_parts(c, pyrt_qstick_part, 2, 1, (ptrdiff_t)c->p[0] - 1);
}

/* How far x is from what was forecast a row before, in percent. */
PYRT_CLONES_PLAIN static void pyrt_misses(
    const double *restrict x, const double *restrict forecast, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = x[i] != 0.0 ? 100.0 * (x[i] - forecast[i]) / x[i] : 0.0;
}

static int pyrt_fosc_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    pyrt_fill_nan(c->y[0], pyrt_min(period, n));
    if (n <= period)
        return PYRT_UNSURE;
    double *room = pyrt_room(n, 1);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    const pyrt_call line = {{c->x[0]}, {room}, {c->p[0]}, n, 0};
    const int answer = pyrt_tsf_call(&line);
    pyrt_misses(c->x[0] + period, room + period - 1, c->y[0] + period, n - period);
    free(room);
    return answer;
}

PYRT_IN_PARTS(fosc, 1, 1, (ptrdiff_t)c->p[0])

/* Highs and lows less the exponential average of closes, which is measured from an anchor as in averages.h. */
PYRT_CLONES static int pyrt_eri_call(const pyrt_call *c)
{
    const double *high = c->x[0], *low = c->x[1], *x = c->x[2];
    double *bull = c->y[0], *bear = c->y[1], distance = 0.0;
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period - 1, n);
    pyrt_fill_nan(bull, warmup);
    pyrt_fill_nan(bear, warmup);
    if (n <= warmup)
        return PYRT_UNSURE;
    for (ptrdiff_t i = 1; i < period; i++)
        distance += x[i] - x[0];
    const double begun = x[0] + distance / (double)period;
    bull[warmup] = high[warmup] - begun, bear[warmup] = low[warmup] - begun;
    v8_smoother smoother = v8_smoother_start(2.0 / ((double)period + 1.0), 0.0);
    v8 anchor = v8_all(begun), check = pyrt_check(high, period) + pyrt_check(low, period) + pyrt_check(x, period);
    for (ptrdiff_t t = period; t < n;) {
        const ptrdiff_t stop = pyrt_min(t + PYRT_ANCHORED, n);
        for (; t + 8 <= stop; t += 8) {
            const v8 h = v8_load(high + t), l = v8_load(low + t), close = v8_load(x + t);
            const v8 average = anchor + v8_smooth(&smoother, close - anchor);
            check += (h + l + close) * 0.0;
            v8_store(bull + t, h - average), v8_store(bear + t, l - average);
        }
        if (t < stop) { /* the end of the data */
            const v8 h = v8_load_end(high + t, stop - t), l = v8_load_end(low + t, stop - t);
            const v8 close = v8_load_end(x + t, stop - t), average = anchor + v8_smooth(&smoother, close - anchor);
            check += (h + l + close) * 0.0;
            v8_store_end(bull + t, h - average, stop - t), v8_store_end(bear + t, l - average, stop - t);
        }
        t = stop;
        anchor += smoother.last;
        smoother.last = (v8){0};
    }
    return pyrt_unsure(check);
}

#endif

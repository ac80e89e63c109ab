/* Where a price stands between the extremes of its window, and averages of that. */
#ifndef PYRT_STOCHASTICS_H
#define PYRT_STOCHASTICS_H

#include "aroon.h"
#include "momentum.h"

/* What is a rounding error beside the numbers that it is the difference of. */
#define PYRT_TINY 1e-14

/* The place of x between two extremes in percent, 0 where they are equal; all begin at the first output. */
PYRT_CLONES_PLAIN static void pyrt_places(
    const double *restrict x, const double *restrict low, const double *restrict high, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double span = high[i] - low[i];
        y[i] = fabs(span) > PYRT_TINY * (fabs(high[i]) + fabs(low[i])) ? (x[i] - low[i]) / span * 100.0 : 0.0;
    }
}

/* The place, smoothed by `slow`, and its average over `signal`, in one walk; room is left for none. Windows of averages
 * are summed as in sums.h, so the bits are those of the parts. */
typedef struct {
    const double *high, *low, *x;
    double *first, *second;
    ptrdiff_t n, period, slow, signal;
} pyrt_stochastic;

PYRT_WIDE_INLINE v8 pyrt_place_at(v8 x, v8 low, v8 high)
{
    const v8 span = high - low;
    return v8_where(v8_negative(PYRT_TINY * (v8_abs(high) + v8_abs(low)) - v8_abs(span)), (x - low) / span * 100.0);
}

PYRT_WIDE static int pyrt_stochastic_walk(const pyrt_stochastic *given)
{
    const pyrt_stochastic w = *given;
    const double share = 1.0 / (double)w.slow, second = 1.0 / (double)w.signal;
    pyrt_brief up, down;
    pyrt_short slow, signal;
    pyrt_brief_begin(&up, w.high[0], w.period);
    pyrt_brief_begin(&down, w.low[0], w.period);
    pyrt_short_begin(&slow, w.slow);
    pyrt_short_begin(&signal, w.signal);
    v8 check = {0};
    for (ptrdiff_t t = 0; t < w.n; t += 8) {
        const ptrdiff_t left = w.n - t;
        const v8 h = left >= 8 ? v8_load(w.high + t) : v8_load_end(w.high + t, left);
        const v8 l = left >= 8 ? v8_load(w.low + t) : v8_load_end(w.low + t, left);
        const v8 x = left >= 8 ? v8_load(w.x + t) : v8_load_end(w.x + t, left);
        const v8 k = pyrt_place_at(x, pyrt_lowest_next(&down, l), pyrt_highest_next(&up, h));
        const v8 line = w.slow > 1 ? pyrt_short_next(&slow, k) * share : k, mean = pyrt_short_next(&signal, line) * second;
        check += (h + l + x) * 0.0;
        left >= 8 ? v8_store(w.first + t, line) : v8_store_end(w.first + t, line, left);
        left >= 8 ? v8_store(w.second + t, mean) : v8_store_end(w.second + t, mean, left);
    }
    const ptrdiff_t warmup = pyrt_min(w.period + w.slow + w.signal - 3, w.n);
    pyrt_fill_nan(w.first, warmup);
    pyrt_fill_nan(w.second, warmup);
    return pyrt_unsure(check);
}

static inline int pyrt_simply(double kind) { return kind == 0.0 || kind == PYRT_OWN; }

static inline int pyrt_simple_lines(double slow, double signal)
{
    return pyrt_wide() && slow <= PYRT_SHORT && signal <= PYRT_SHORT;
}

static int pyrt_stoch_wide(const pyrt_call *c)
{
    const pyrt_stochastic w = {c->x[0], c->x[1], c->x[2], c->y[0], c->y[1], c->n,
                               (ptrdiff_t)c->p[0], (ptrdiff_t)c->p[1], (ptrdiff_t)c->p[3]};
    return pyrt_stochastic_walk(&w);
}

static int pyrt_stochf_wide(
    const double *high, const double *low, const double *x, double *fast, double *slow, ptrdiff_t n, const double *p)
{
    const pyrt_stochastic w = {high, low, x, fast, slow, n, (ptrdiff_t)p[0], 1, (ptrdiff_t)p[1]};
    return pyrt_stochastic_walk(&w);
}

/* The place of x between the lowest of `low` and the highest of `high`, in percent, into k; room for two arrays. */
static int pyrt_fast_k(
    const double *high, const double *low, const double *x, double *k, ptrdiff_t n, ptrdiff_t period, double *room)
{
    const ptrdiff_t warmup = pyrt_min(period - 1, n);
    int answer = pyrt_both(pyrt_highest(high, room, n, period), pyrt_lowest(low, room + n, n, period));
    pyrt_fill_nan(k, warmup);
    pyrt_places(x + warmup, room + n + warmup, room + warmup, k + warmup, n - warmup);
    return answer;
}

/* An average of x[from..n-1] into y, NaN before. */
static int pyrt_average_from(const double *x, double *y, ptrdiff_t n, ptrdiff_t from, ptrdiff_t period, int kind)
{
    from = pyrt_min(from, n);
    pyrt_fill_nan(y, from);
    return from < n ? pyrt_average(x + from, y + from, n - from, period, kind) : PYRT_UNSURE;
}

static int pyrt_stoch_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, k = (ptrdiff_t)c->p[0], slow = (ptrdiff_t)c->p[1], d = (ptrdiff_t)c->p[3];
    const int kind = (int)c->p[2], kind_d = (int)c->p[4];
    const ptrdiff_t second = k - 1 + pyrt_average_warmup(slow, kind), warmup = second + pyrt_average_warmup(d, kind_d);
    double *room = pyrt_room(n, 3);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_fast_k(c->x[0], c->x[1], c->x[2], room + 2 * n, n, k, room);
    answer = pyrt_both(answer, pyrt_average_from(room + 2 * n, c->y[0], n, k - 1, slow, kind));
    answer = pyrt_both(answer, pyrt_average_from(c->y[0], c->y[1], n, second, d, kind_d));
    pyrt_fill_nan(c->y[0], pyrt_min(warmup, n));
    free(room);
    return pyrt_both(answer, PYRT_UNSURE);
}

static ptrdiff_t pyrt_stoch_warmup(const pyrt_call *c)
{
    const ptrdiff_t first = (ptrdiff_t)c->p[0] - 1 + pyrt_average_warmup((ptrdiff_t)c->p[1], (int)c->p[2]);
    return first + pyrt_average_warmup((ptrdiff_t)c->p[3], (int)c->p[4]);
}

static int pyrt_stoch_call(const pyrt_call *c)
{
    if (pyrt_simply(c->p[2]) && pyrt_simply(c->p[4]) && c->p[0] <= PYRT_BRIEF && pyrt_simple_lines(c->p[1], c->p[3]))
        return pyrt_stoch_wide(c);
    if (pyrt_forgets(c->p[2]) && pyrt_forgets(c->p[4]))
        return pyrt_in_parts(c, pyrt_stoch_part, 3, 2, pyrt_stoch_warmup(c));
    return pyrt_stoch_part(c);
}

static int pyrt_stochf(
    const double *high, const double *low, const double *x, double *fast, double *slow, ptrdiff_t n, const double *p)
{
    const ptrdiff_t k = (ptrdiff_t)p[0], d = (ptrdiff_t)p[1], warmup = k - 1 + pyrt_average_warmup(d, (int)p[2]);
    if (pyrt_simply(p[2]) && p[0] <= PYRT_BRIEF && pyrt_simple_lines(p[1], p[1]))
        return pyrt_stochf_wide(high, low, x, fast, slow, n, p);
    double *room = pyrt_room(n, 2);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_fast_k(high, low, x, fast, n, k, room);
    answer = pyrt_both(answer, pyrt_average_from(fast, slow, n, k - 1, d, (int)p[2]));
    pyrt_fill_nan(fast, pyrt_min(warmup, n));
    free(room);
    return pyrt_both(answer, PYRT_UNSURE);
}

static int pyrt_stochf_part(const pyrt_call *c)
{
    return pyrt_stochf(c->x[0], c->x[1], c->x[2], c->y[0], c->y[1], c->n, c->p);
}

static int pyrt_stochf_call(const pyrt_call *c)
{
    const ptrdiff_t memory = (ptrdiff_t)c->p[0] - 1 + pyrt_average_warmup((ptrdiff_t)c->p[1], (int)c->p[2]);
    const int walks = pyrt_simply(c->p[2]) && c->p[0] <= PYRT_BRIEF && pyrt_simple_lines(c->p[1], c->p[1]);
    if (pyrt_forgets(c->p[2]) && !walks)
        return pyrt_in_parts(c, pyrt_stochf_part, 3, 2, memory);
    return pyrt_stochf_part(c);
}

static int pyrt_stochrsi_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, from = pyrt_min((ptrdiff_t)c->p[0], n);
    double *room = pyrt_room(n, 1);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_rsi(c->x[0], room, n, (ptrdiff_t)c->p[0]);
    pyrt_fill_nan(c->y[0], from);
    pyrt_fill_nan(c->y[1], from);
    const double *x = room + from;
    if (from < n)
        answer = pyrt_both(answer, pyrt_stochf(x, x, x, c->y[0] + from, c->y[1] + from, n - from, c->p + 1));
    free(room);
    return answer;
}

#endif

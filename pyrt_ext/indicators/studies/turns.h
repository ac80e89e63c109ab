/* Oscillators that look for turns. */
#ifndef PYRT_TURNS_H
#define PYRT_TURNS_H

#include "../logs.h"
#include "../oscillators.h"

#define PYRT_STILL 1e-10 /* what is a rounding error in differences of averages */

/* Adds the average over `period` rows of percent changes over `lag` rows, times a weight. Rows before its first are left. */
static int pyrt_add_changes(
    const double *x, double *y, ptrdiff_t n, ptrdiff_t lag, ptrdiff_t period, double weight, double *room)
{
    const pyrt_call change = {{x}, {room}, {(double)lag}, n, 0};
    if (n < lag + period)
        return PYRT_UNSURE;
    pyrt_roc_call(&change);
    pyrt_window_sum(room + lag, room + n, n - lag, period, weight / (double)period);
    for (ptrdiff_t t = lag + period - 1; t < n; t++)
        y[t] += room[n + t - lag];
    return PYRT_UNSURE;
}

static ptrdiff_t pyrt_kst_lost(const double *p)
{
    double lost = 0.0;
    for (int i = 0; i < 4; i++)
        lost = fmax(lost, p[i] + p[4 + i] - 1.0);
    return (ptrdiff_t)lost;
}

static int pyrt_kst_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, start = pyrt_kst_lost(c->p), smooth = (ptrdiff_t)c->p[8];
    const ptrdiff_t warmup = pyrt_min(start + smooth - 1, n);
    pyrt_fill_nan(c->y[1], warmup);
    if (n <= warmup) {
        pyrt_fill_nan(c->y[0], n);
        return PYRT_UNSURE;
    }
    double *room = pyrt_room(n, 2);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    memset(c->y[0], 0, (size_t)n * sizeof(double));
    for (int i = 0; i < 4; i++)
        pyrt_add_changes(c->x[0], c->y[0], n, (ptrdiff_t)c->p[i], (ptrdiff_t)c->p[4 + i], (double)(i + 1), room);
    pyrt_window_sum(c->y[0] + start, c->y[1] + start, n - start, smooth, 1.0 / (double)smooth);
    pyrt_fill_nan(c->y[0], warmup);
    free(room);
    return PYRT_UNSURE;
}

PYRT_IN_PARTS(kst, 1, 2, pyrt_kst_lost(c->p) + (ptrdiff_t)c->p[8] - 1)

/* 0.66 times the places of bars' middles between the extremes of their windows, -0.5 to 0.5. */
PYRT_CLONES_PLAIN static void pyrt_fisher_places(
    const double *restrict x, const double *restrict high, const double *restrict low, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double span = high[i] - low[i];
        y[i] = span > PYRT_TINY * (fabs(high[i]) + fabs(low[i])) ? 0.66 * ((x[i] - low[i]) / span - 0.5) : 0.0;
    }
}

static int pyrt_fisher_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], start = pyrt_min(period - 1, n);
    double *room = pyrt_room(n, 3);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_halfway(c->x[0], c->x[1], room, n);
    int answer = pyrt_both(pyrt_highest(room, room + n, n, period), pyrt_lowest(room, room + 2 * n, n, period));
    pyrt_fill_nan(c->y[0], start);
    pyrt_fisher_places(room + start, room + n + start, room + 2 * n + start, c->y[0] + start, n - start);
    free(room);
    return pyrt_both(answer, PYRT_UNSURE);
}

PYRT_INLINE double pyrt_off_ends(double level) { return level > 0.99 ? 0.999 : level < -0.99 ? -0.999 : level; }

enum { PYRT_SPELL = 1024 }; /* how many places are smoothed before they are transformed, a multiple of 8 */

/* Ehlers: the place, smoothed and kept off the ends, and the logarithm that makes a bell curve of it, smoothed as well. y
 * holds the places from its first row on. The ends make of the first smoothing a loop over single values. */
PYRT_CLONES static void pyrt_fisher_of(double *y, double *trigger, ptrdiff_t n)
{
    const v8 powers = {0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625};
    double level = 0.0;
    v8 last = {0};
    for (ptrdiff_t start = 0; start < n; start += PYRT_SPELL) {
        const ptrdiff_t end = pyrt_min(start + PYRT_SPELL, n);
        for (ptrdiff_t t = start; t < end; t++)
            y[t] = level = pyrt_off_ends(0.67 * level + y[t]);
        for (ptrdiff_t t = start; t < end; t += 8) {
            const int whole = t + 8 <= end;
            const v8 place = whole ? v8_load(y + t) : v8_load_end(y + t, end - t);
            const v8 fish = 0.5 * v8_log((1.0 + place) / (1.0 - place));
            const v8 smooth = v8_decay(fish, v8_all(0.5), v8_all(0.25), v8_all(0.0625)) + last * powers;
            const v8 before = PYRT_PICK(last, smooth, 7, 8, 9, 10, 11, 12, 13, 14);
            whole ? v8_store(y + t, smooth) : v8_store_end(y + t, smooth, end - t);
            whole ? v8_store(trigger + t, before) : v8_store_end(trigger + t, before, end - t);
            last = v8_last(smooth);
        }
    }
    y[0] = trigger[0] = NAN; /* which has none before it */
}

static int pyrt_fisher_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], start = pyrt_min(period - 1, n);
    const int answer = pyrt_in_parts(c, pyrt_fisher_part, 2, 1, period - 1);
    pyrt_fill_nan(c->y[1], start);
    if (n > start && answer != PYRT_NO_MEMORY)
        pyrt_fisher_of(c->y[0] + start, c->y[1] + start, n - start);
    return answer;
}

/* How many rows each has risen (above 0) or fallen in a row. In integers, whose chain is an addition and a mask. */
static void pyrt_streaks(const double *x, double *y, ptrdiff_t n)
{
    int64_t up = 0, down = 0;
    y[0] = 0.0;
    for (ptrdiff_t t = 1; t < n; t++) {
        up = (up + 1) & -(int64_t)(x[t] > x[t - 1]);
        down = (down + 1) & -(int64_t)(x[t] < x[t - 1]);
        y[t] = (double)(up - down);
    }
}

PYRT_CLONES_PLAIN static void pyrt_returns(const double *restrict x, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i + 1 < n; i++)
        y[i] = x[i] != 0.0 ? (x[i + 1] - x[i]) / x[i] : 0.0;
}

/* Counts, for four vectors of which vector v is `now[v]`, values below it in vectors that begin at x + from to x + to - 1;
 * of the vectors `first` to `last`, which are constants. */
PYRT_INLINE void pyrt_count_four(
    const double *x, ptrdiff_t from, ptrdiff_t to, const v8 *now, v8 *below, int first, int last)
{
    const v8 one = v8_all(1.0);
    for (ptrdiff_t s = from; s < to; s++) {
        const v8 other = v8_load(x + s);
        for (int v = first; v <= last; v++)
            below[v] += v8_where(other < now[v], one);
    }
}

/* Adds to y[t], for t >= count, how many of the `count` values before x[t] are below it, times a scale; the sum is divided
 * by three. Four vectors at a time, as their windows are the same but for their ends. */
PYRT_CLONES static void pyrt_add_ranks(const double *x, double *y, ptrdiff_t n, ptrdiff_t count)
{
    const double scale = 100.0 / (double)count;
    const v8 one = v8_all(1.0);
    ptrdiff_t t = count;
    for (; count >= 24 && t + 32 <= n; t += 32) {
        const v8 now[4] = {v8_load(x + t), v8_load(x + t + 8), v8_load(x + t + 16), v8_load(x + t + 24)};
        const ptrdiff_t start = t - count;
        v8 below[4] = {{0}, {0}, {0}, {0}};
        pyrt_count_four(x, start, start + 8, now, below, 0, 0);
        pyrt_count_four(x, start + 8, start + 16, now, below, 0, 1);
        pyrt_count_four(x, start + 16, start + 24, now, below, 0, 2);
        pyrt_count_four(x, start + 24, t, now, below, 0, 3);
        pyrt_count_four(x, t, t + 8, now, below, 1, 3);
        pyrt_count_four(x, t + 8, t + 16, now, below, 2, 3);
        pyrt_count_four(x, t + 16, t + 24, now, below, 3, 3);
        for (int v = 0; v < 4; v++)
            v8_store(y + t + 8 * v, (v8_load(y + t + 8 * v) + below[v] * scale) / 3.0);
    }
    for (; t < n; t += 8) {
        const v8 now = v8_load_end(x + t, n - t);
        v8 below = {0};
        for (ptrdiff_t k = 1; k <= count; k++)
            below += v8_where(v8_load_end(x + t - k, n - t + k) < now, one);
        v8_store_end(y + t, (v8_load_end(y + t, n - t) + below * scale) / 3.0, n - t);
    }
}

static int pyrt_connors_rsi_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], streaks = (ptrdiff_t)c->p[1], rank = (ptrdiff_t)c->p[2];
    const ptrdiff_t longer = period > streaks ? period : streaks, warmup = pyrt_min(longer > rank ? longer : rank + 1, n);
    double *y = c->y[0], *room = n > warmup ? pyrt_room(n, 2) : NULL;
    pyrt_fill_nan(y, warmup);
    if (n <= warmup)
        return PYRT_UNSURE;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_rsi(c->x[0], y, n, period);
    pyrt_streaks(c->x[0], room, n);
    pyrt_rsi(room, room + n, n, streaks);
    for (ptrdiff_t t = warmup; t < n; t++)
        y[t] += room[n + t];
    pyrt_returns(c->x[0], room, n);
    pyrt_add_ranks(room + warmup - 1 - rank, y + warmup - rank, n - warmup + rank, rank);
    pyrt_fill_nan(y, warmup);
    free(room);
    return PYRT_UNSURE;
}

/* An exponential average of distances from the first value, in the stream's very order: what is made of it here are places
 * between extremes, which would make rounding errors large. */
static void pyrt_ema_apart(
    const double *x, double *y, double *scale, ptrdiff_t n, ptrdiff_t fast, ptrdiff_t slow)
{
    const double quick_gain = 2.0 / ((double)fast + 1.0), slack_gain = 2.0 / ((double)slow + 1.0), first = x[0];
    double quick = 0.0, slack = 0.0;
    for (ptrdiff_t t = 0; t < slow; t++) {
        const double d = x[t] - first;
        slack += d;
        if (t < fast) {
            quick += d;
            quick = t + 1 == fast ? quick / (double)fast : quick;
        } else {
            quick += (d - quick) * quick_gain;
        }
    }
    slack /= (double)slow;
    y[slow - 1] = quick - slack;
    scale[slow - 1] = PYRT_STILL * (fabs(quick) + fabs(slack));
    for (ptrdiff_t t = slow; t < n; t++) {
        const double d = x[t] - first;
        quick += (d - quick) * quick_gain;
        slack += (d - slack) * slack_gain;
        y[t] = quick - slack;
        scale[t] = PYRT_STILL * (fabs(quick) + fabs(slack));
    }
}

/* Places of x between the extremes of `cycle` values, the one before where there is no span, smoothed; all begin at the
 * first of them. The least span stands in an array, or is one number. */
static void pyrt_cycle_of(
    const double *x, const double *high, const double *low, const double *least, double *y, ptrdiff_t n, double smoothing)
{
    double place = 0.0, level = 0.0;
    for (ptrdiff_t t = 0; t < n; t++) {
        const double span = high[t] - low[t], ratio = (x[t] - low[t]) / span * 100.0;
        place = span > (least == NULL ? PYRT_STILL * 1e6 : least[t]) ? ratio : place;
        level = t == 0 ? place : level + (place - level) * smoothing;
        y[t] = level;
    }
}

static int pyrt_stc_call(const pyrt_call *c)
{
    const ptrdiff_t a = (ptrdiff_t)c->p[1], b = (ptrdiff_t)c->p[2], fast = a < b ? a : b, slow = a < b ? b : a;
    const ptrdiff_t n = c->n, cycle = (ptrdiff_t)c->p[0], start = slow - 1, next = start + cycle - 1;
    const ptrdiff_t warmup = pyrt_min(next + cycle - 1, n);
    double *y = c->y[0], *room = n > warmup ? pyrt_room(n, 4) : NULL;
    pyrt_fill_nan(y, warmup);
    if (n <= warmup)
        return PYRT_UNSURE;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    double *least = room + n, *high = room + 2 * n, *low = room + 3 * n;
    pyrt_ema_apart(c->x[0], room, least, n, fast, slow);
    int answer = pyrt_both(
        pyrt_highest(room + start, high + start, n - start, cycle), pyrt_lowest(room + start, low + start, n - start, cycle));
    pyrt_cycle_of(room + next, high + next, low + next, least + next, y + next, n - next, c->p[3]);
    answer = pyrt_both(answer, pyrt_highest(y + next, high + next, n - next, cycle));
    answer = pyrt_both(answer, pyrt_lowest(y + next, low + next, n - next, cycle));
    pyrt_cycle_of(y + warmup, high + warmup, low + warmup, NULL, y + warmup, n - warmup, c->p[3]);
    pyrt_fill_nan(y, warmup);
    free(room);
    return pyrt_both(answer, PYRT_UNSURE);
}

PYRT_CLONES_PLAIN static void pyrt_index_moves(const double *restrict x, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i + 1 < n; i++)
        y[i] = fabs(x[i + 1] - x[i]);
}

/* Two stops that never move away from the average while it stays on their side; the trend says which one is shown. */
static void pyrt_follow(const double *average, const double *reach, double *stop, ptrdiff_t n)
{
    int rising = 1;
    double floor = average[0] - reach[0], ceiling = average[0] + reach[0];
    stop[0] = floor;
    for (ptrdiff_t t = 1; t < n; t++) {
        const double now = average[t], before = average[t - 1];
        double under = now - reach[t], over = now + reach[t];
        rising = now > ceiling ? 1 : now < floor ? 0 : rising;
        under = now > floor && before > floor && floor > under ? floor : under;
        over = now < ceiling && before < ceiling && ceiling < over ? ceiling : over;
        floor = under, ceiling = over;
        stop[t] = rising ? floor : ceiling;
    }
}

static int pyrt_qqe_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], smooth = (ptrdiff_t)c->p[1], wide = 2 * period - 1;
    const ptrdiff_t start = period + smooth - 1, once = start + wide, warmup = pyrt_min(once + wide - 1, n);
    double *room = n > warmup ? pyrt_room(n, 2) : NULL, *average = c->y[0], *moves = c->y[1], *reach = room + n;
    pyrt_fill_nan(c->y[0], warmup);
    pyrt_fill_nan(c->y[1], warmup);
    if (n <= warmup)
        return PYRT_UNSURE;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_rsi(c->x[0], room, n, period);
    pyrt_ema(room + period, average + period, n - period, smooth, 2.0 / ((double)smooth + 1.0));
    pyrt_index_moves(average + start, moves + start + 1, n - start);
    pyrt_ema(moves + start + 1, room + start + 1, n - start - 1, wide, 1.0 / (double)period);
    pyrt_ema(room + once, reach + once, n - once, wide, 1.0 / (double)period);
    for (ptrdiff_t t = warmup; t < n; t++)
        reach[t] *= c->p[2];
    pyrt_follow(average + warmup, reach + warmup, moves + warmup, n - warmup);
    pyrt_fill_nan(average, warmup);
    pyrt_fill_nan(moves, warmup);
    free(room);
    return PYRT_UNSURE;
}

#endif

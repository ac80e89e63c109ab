/* Hot loops of momentum indicators; the conventions are those of moving.h. */
#ifndef PYRT_MOMENTUM_H
#define PYRT_MOMENTUM_H

#include "kinds.h"

/* Gains and losses that have no digits left, long after the market's last move: the index is 0, as without any. */
#define PYRT_FLAT 1e-290

/* Gains and losses of x[0..7] over the value before each. Exact, and a NaN stays one. */
PYRT_INLINE void pyrt_split(v8 x, v8 before, v8 *gain, v8 *loss)
{
    v8 change = x - before;
    *gain = 0.5 * (change + v8_abs(change));
    *loss = *gain - change;
}

PYRT_INLINE v8 pyrt_rsi_of(v8 gain, v8 loss)
{
    v8 sum = gain + loss;
    v8i moved = ~(sum < v8_all(PYRT_FLAT));
    return (v8)(moved & (v8i)(100.0 * (gain / sum)));
}

/* Wilder's index: gains and losses are averaged over the first period changes, then smoothed by 1/period. */
PYRT_CLONES static int pyrt_rsi(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    pyrt_fill_nan(y, pyrt_min(period, n));
    if (n <= period)
        return 1;
    double gains = 0.0, losses = 0.0;
    for (ptrdiff_t i = 1; i <= period; i++) {
        double change = x[i] - x[i - 1];
        double gain = 0.5 * (change + fabs(change));
        gains += gain;
        losses += gain - change;
    }
    gains /= (double)period;
    losses /= (double)period;
    y[period] = pyrt_rsi_of(v8_all(gains), v8_all(losses))[0];
    v8_smoother up = v8_smoother_start(1.0 / (double)period, gains);
    v8_smoother down = v8_smoother_start(1.0 / (double)period, losses);
    v8 gain, loss;
    ptrdiff_t i = period + 1;
    for (; i + 8 <= n; i += 8) {
        pyrt_split(v8_load(x + i), v8_load(x + i - 1), &gain, &loss);
        v8_store(y + i, pyrt_rsi_of(v8_smooth(&up, gain), v8_smooth(&down, loss)));
    }
    if (i < n) {
        pyrt_split(v8_load_end(x + i, n - i), v8_load_end(x + i - 1, n - i), &gain, &loss);
        v8_store_end(y + i, pyrt_rsi_of(v8_smooth(&up, gain), v8_smooth(&down, loss)), n - i);
    }
    return !isfinite(up.last[0] + down.last[0]) || !isfinite(y[n - 1]);
}

/* Chande: gains less losses in all movement. */
PYRT_INLINE v8 pyrt_cmo_of(v8 gain, v8 loss)
{
    const v8 sum = gain + loss;
    return v8_where(sum > 0.0, 100.0 * ((gain - loss) / sum));
}

PYRT_CLONES static int pyrt_cmo_call(const pyrt_call *c)
{
    const double *x = c->x[0];
    double *y = c->y[0], gains = 0.0, losses = 0.0;
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    pyrt_fill_nan(y, pyrt_min(period, n));
    if (n <= period)
        return PYRT_UNSURE;
    for (ptrdiff_t i = 1; i <= period; i++) {
        const double change = x[i] - x[i - 1], gain = 0.5 * (change + fabs(change));
        gains += gain;
        losses += gain - change;
    }
    gains /= (double)period;
    losses /= (double)period;
    y[period] = pyrt_cmo_of(v8_all(gains), v8_all(losses))[0];
    v8_smoother up = v8_smoother_start(1.0 / (double)period, gains);
    v8_smoother down = v8_smoother_start(1.0 / (double)period, losses);
    v8 gain, loss;
    ptrdiff_t t = period + 1;
    for (; t + 8 <= n; t += 8) {
        pyrt_split(v8_load(x + t), v8_load(x + t - 1), &gain, &loss);
        v8_store(y + t, pyrt_cmo_of(v8_smooth(&up, gain), v8_smooth(&down, loss)));
    }
    if (t < n) {
        pyrt_split(v8_load_end(x + t, n - t), v8_load_end(x + t - 1, n - t), &gain, &loss);
        v8_store_end(y + t, pyrt_cmo_of(v8_smooth(&up, gain), v8_smooth(&down, loss)), n - t);
    }
    return !isfinite(up.last[0] + down.last[0]) || !isfinite(y[n - 1]);
}

PYRT_LAGGED(mom, a - b)
PYRT_LAGGED(roc, v8_where(b != 0.0, (a / b - 1.0) * 100.0))
PYRT_LAGGED(rocp, v8_where(b != 0.0, (a - b) / b))
PYRT_LAGGED(rocr, v8_where(b != 0.0, a / b))
PYRT_LAGGED(rocr100, v8_where(b != 0.0, a / b * 100.0))
PYRT_ROWS(bop, 4, v8_where(b - d > 0.0, (e - a) / (b - d)))

/* Three exponential averages of each other, and their change from row to row in percent. */
PYRT_INLINE v8 pyrt_to_changes(v8 value, v8 *last)
{
    const v8 before = PYRT_PICK(*last, value, 7, 8, 9, 10, 11, 12, 13, 14);
    *last = value;
    return v8_where(before != 0.0, (value / before - 1.0) * 100.0);
}

PYRT_CASCADE(pyrt_cascade3_changes, 3, pyrt_to_changes)

static int pyrt_trix_call(const pyrt_call *c)
{
    static const double last[3] = {0.0, 0.0, 1.0};
    const ptrdiff_t n = c->n, warmup = 3 * ((ptrdiff_t)c->p[0] - 1);
    pyrt_cascade3_changes(c->x[0], c->y[0], n, (ptrdiff_t)c->p[0], 2.0 / (c->p[0] + 1.0), last);
    if (warmup < n)
        c->y[0][warmup] = NAN;
    return n - 1 > warmup && isfinite(c->y[0][n - 1]) ? PYRT_FINITE : PYRT_UNSURE;
}

PYRT_CLONES_PLAIN static void pyrt_apart(
    const double *restrict fast, const double *restrict slow, double *restrict y, ptrdiff_t n, int percent)
{
    if (percent)
        for (ptrdiff_t i = 0; i < n; i++)
            y[i] = slow[i] != 0.0 ? (fast[i] - slow[i]) / slow[i] * 100.0 : 0.0;
    else
        for (ptrdiff_t i = 0; i < n; i++)
            y[i] = fast[i] - slow[i];
}

/* The same of exponential averages, in one pass, both measured from one anchor (see pyrt_ema). */
PYRT_INLINE v8 pyrt_apart_at(v8_smoother *fast, v8_smoother *slow, v8 x, v8 anchor, const int percent)
{
    const v8 d = x - anchor, quick = v8_smooth(fast, d), slack = v8_smooth(slow, d), base = anchor + slack;
    return percent ? v8_where(base != 0.0, (quick - slack) / base * 100.0) : quick - slack;
}

PYRT_INLINE int pyrt_exponentials_apart(
    const double *x, double *y, ptrdiff_t n, ptrdiff_t fast, ptrdiff_t slow, const int percent)
{
    pyrt_fill_nan(y, pyrt_min(slow - 1, n));
    if (n < slow)
        return PYRT_UNSURE;
    const double fast_gain = 2.0 / ((double)fast + 1.0), slow_gain = 2.0 / ((double)slow + 1.0), base = x[0];
    double quick = 0.0, slack = 0.0;
    for (ptrdiff_t i = 1; i < slow; i++) {
        const double d = x[i] - base;
        slack += d;
        quick = i < fast ? quick + d : quick + (d - quick) * fast_gain;
        quick = i == fast - 1 ? quick / (double)fast : quick;
    }
    slack /= (double)slow;
    const double middle = base + slack;
    y[slow - 1] = !percent ? quick - slack : middle != 0.0 ? (quick - slack) / middle * 100.0 : 0.0;
    v8_smoother up = v8_smoother_start(fast_gain, quick), down = v8_smoother_start(slow_gain, slack);
    v8 anchor = v8_all(base), check = pyrt_check(x, slow);
    for (ptrdiff_t t = slow; t < n;) {
        const ptrdiff_t stop = pyrt_min(t + PYRT_ANCHORED, n);
        up.last += anchor - x[t - 1], down.last += anchor - x[t - 1];
        anchor = v8_all(x[t - 1]);
        for (; t + 8 <= stop; t += 8) {
            const v8 value = v8_load(x + t);
            check += value * 0.0;
            v8_store(y + t, pyrt_apart_at(&up, &down, value, anchor, percent));
        }
        if (t < stop) { /* the end of the data */
            const v8 value = v8_load_end(x + t, stop - t);
            check += value * 0.0;
            v8_store_end(y + t, pyrt_apart_at(&up, &down, value, anchor, percent), stop - t);
        }
        t = stop;
    }
    return pyrt_unsure(check);
}

PYRT_CLONES static int pyrt_apart_in_price(const double *x, double *y, ptrdiff_t n, ptrdiff_t fast, ptrdiff_t slow)
{
    return pyrt_exponentials_apart(x, y, n, fast, slow, 0);
}

PYRT_CLONES static int pyrt_apart_in_percent(const double *x, double *y, ptrdiff_t n, ptrdiff_t fast, ptrdiff_t slow)
{
    return pyrt_exponentials_apart(x, y, n, fast, slow, 1);
}

/* How far two averages are apart; the shorter is the fast one. */
static int pyrt_oscillator(const pyrt_call *c, int percent)
{
    const ptrdiff_t a = (ptrdiff_t)c->p[0], b = (ptrdiff_t)c->p[1], fast = a < b ? a : b, slow = a < b ? b : a;
    const int kind = (int)c->p[2] == PYRT_OWN ? 1 : (int)c->p[2];
    if (kind == 1)
        return (percent ? pyrt_apart_in_percent : pyrt_apart_in_price)(c->x[0], c->y[0], c->n, fast, slow);
    const ptrdiff_t warmup = pyrt_min(pyrt_average_warmup(slow, kind), c->n);
    double *room = malloc((size_t)c->n * 2 * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_both(
        pyrt_average(c->x[0], room, c->n, fast, kind), pyrt_average(c->x[0], room + c->n, c->n, slow, kind));
    pyrt_fill_nan(c->y[0], warmup);
    pyrt_apart(room + warmup, room + c->n + warmup, c->y[0] + warmup, c->n - warmup, percent);
    free(room);
    return answer;
}

static int pyrt_apo_call(const pyrt_call *c) { return pyrt_oscillator(c, 0); }

static int pyrt_ppo_call(const pyrt_call *c) { return pyrt_oscillator(c, 1); }

static int pyrt_pvo_call(const pyrt_call *c) { return pyrt_oscillator(c, 1); }

/* Both averages begin in one row, the signal with the mean of the first lines. */
PYRT_CLONES static int pyrt_macd_lines(
    const pyrt_call *c, ptrdiff_t fast, ptrdiff_t slow, ptrdiff_t signal, double fast_gain, double slow_gain)
{
    const double *x = c->x[0], signal_gain = 2.0 / ((double)signal + 1.0), base = x[0];
    double *macd = c->y[0], *line = c->y[1], *hist = c->y[2];
    const ptrdiff_t n = c->n, warmup = pyrt_min(slow + signal - 2, n);
    double quick = 0.0, slack = 0.0, sum = 0.0;
    for (int i = 0; i < 3; i++)
        pyrt_fill_nan(c->y[i], warmup);
    if (n <= warmup)
        return PYRT_UNSURE;
    for (ptrdiff_t i = 0; i < slow; i++) {
        slack += x[i] - base;
        quick += i >= slow - fast ? x[i] - base : 0.0;
    }
    quick /= (double)fast, slack /= (double)slow;
    const double first = quick - slack;
    for (ptrdiff_t i = slow; i <= warmup; i++) {
        quick += (x[i] - base - quick) * fast_gain;
        slack += (x[i] - base - slack) * slow_gain;
        sum += quick - slack - first;
    }
    const double begun = first + sum / (double)signal;
    macd[warmup] = quick - slack, line[warmup] = begun, hist[warmup] = quick - slack - begun;
    v8_smoother up = v8_smoother_start(fast_gain, quick), down = v8_smoother_start(slow_gain, slack);
    v8_smoother mean = v8_smoother_start(signal_gain, begun);
    ptrdiff_t t = warmup + 1;
    for (; t + 8 <= n; t += 8) {
        const v8 d = v8_load(x + t) - base, m = v8_smooth(&up, d) - v8_smooth(&down, d), s = v8_smooth(&mean, m);
        v8_store(macd + t, m), v8_store(line + t, s), v8_store(hist + t, m - s);
    }
    if (t < n) {
        const v8 d = v8_load_end(x + t, n - t) - base, m = v8_smooth(&up, d) - v8_smooth(&down, d);
        const v8 s = v8_smooth(&mean, m);
        v8_store_end(macd + t, m, n - t), v8_store_end(line + t, s, n - t), v8_store_end(hist + t, m - s, n - t);
    }
    return !isfinite(hist[n - 1]) || !isfinite(x[n - 1]);
}

static int pyrt_macd_call(const pyrt_call *c)
{
    const ptrdiff_t a = (ptrdiff_t)c->p[0], b = (ptrdiff_t)c->p[1], fast = a < b ? a : b, slow = a < b ? b : a;
    return pyrt_macd_lines(c, fast, slow, (ptrdiff_t)c->p[2], 2.0 / ((double)fast + 1.0), 2.0 / ((double)slow + 1.0));
}

static int pyrt_macdfix_call(const pyrt_call *c)
{
    return pyrt_macd_lines(c, 12, 26, (ptrdiff_t)c->p[0], 0.15, 0.075);
}

/* An average of a kind that begins in row `start`, into y. */
static int pyrt_average_at(const pyrt_call *c, double *y, ptrdiff_t start, const double *p)
{
    const ptrdiff_t late = start - pyrt_average_warmup((ptrdiff_t)p[0], (int)p[1]);
    return late < c->n ? pyrt_average(c->x[0] + late, y + late, c->n - late, (ptrdiff_t)p[0], (int)p[1]) : PYRT_UNSURE;
}

/* Lines of averages of any kind, which begin in the row where both can. */
static int pyrt_macdext_part(const pyrt_call *c)
{
    const int swap = c->p[2] < c->p[0];
    const double *quick = c->p + (swap ? 2 : 0), *slack = c->p + (swap ? 0 : 2), *signal = c->p + 4;
    const ptrdiff_t n = c->n, one = pyrt_average_warmup((ptrdiff_t)quick[0], (int)quick[1]);
    const ptrdiff_t other = pyrt_average_warmup((ptrdiff_t)slack[0], (int)slack[1]), start = one > other ? one : other;
    const ptrdiff_t warmup = pyrt_min(start + pyrt_average_warmup((ptrdiff_t)signal[0], (int)signal[1]), n);
    for (int i = 0; i < 3; i++)
        pyrt_fill_nan(c->y[i], warmup);
    if (n <= warmup)
        return PYRT_UNSURE;
    double *fast = malloc((size_t)n * 2 * sizeof *fast), *slow = fast + n;
    if (fast == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_both(pyrt_average_at(c, fast, start, quick), pyrt_average_at(c, slow, start, slack));
    pyrt_apart(fast + start, slow + start, c->y[0] + start, n - start, 0);
    answer = pyrt_both(
        answer, pyrt_average(c->y[0] + start, c->y[1] + start, n - start, (ptrdiff_t)signal[0], (int)signal[1]));
    pyrt_apart(c->y[0] + warmup, c->y[1] + warmup, c->y[2] + warmup, n - warmup, 0);
    pyrt_fill_nan(c->y[0], warmup);
    free(fast);
    return pyrt_both(answer, PYRT_UNSURE);
}

/* Of simple averages in one walk, where windows are short. */
PYRT_INLINE void pyrt_macdext_begin(const pyrt_call *c, pyrt_short *s)
{
    pyrt_short_begin(&s[0], (ptrdiff_t)(c->p[0] < c->p[2] ? c->p[0] : c->p[2]));
    pyrt_short_begin(&s[1], (ptrdiff_t)(c->p[0] < c->p[2] ? c->p[2] : c->p[0]));
    pyrt_short_begin(&s[2], (ptrdiff_t)c->p[4]);
}

PYRT_INLINE v8 pyrt_macdext_step(const pyrt_call *c, pyrt_short *s, ptrdiff_t t, ptrdiff_t count)
{
    const double fast = c->p[0] < c->p[2] ? c->p[0] : c->p[2], slow = c->p[0] < c->p[2] ? c->p[2] : c->p[0];
    const v8 x = pyrt_take(c->x[0] + t, count), quick = pyrt_short_next(&s[0], x) * (1.0 / fast);
    const v8 line = quick - pyrt_short_next(&s[1], x) * (1.0 / slow);
    const v8 signal = pyrt_short_next(&s[2], line) * (1.0 / c->p[4]);
    pyrt_give(c->y[0] + t, line, count);
    pyrt_give(c->y[1] + t, signal, count);
    pyrt_give(c->y[2] + t, line - signal, count);
    return x * 0.0;
}

PYRT_WALK(macdext, 3, 0)

static int pyrt_macdext_call(const pyrt_call *c)
{
    const ptrdiff_t quick = pyrt_average_warmup((ptrdiff_t)c->p[0], (int)c->p[1]);
    const ptrdiff_t slack = pyrt_average_warmup((ptrdiff_t)c->p[2], (int)c->p[3]), most = quick > slack ? quick : slack;
    const ptrdiff_t warmup = most + pyrt_average_warmup((ptrdiff_t)c->p[4], (int)c->p[5]);
    const int simple = c->p[1] == 0.0 && c->p[3] == 0.0 && c->p[5] == 0.0;
    if (simple && pyrt_wide() && fmax(fmax(c->p[0], c->p[2]), c->p[4]) <= PYRT_SHORT) {
        const int answer = pyrt_macdext_wide(c);
        for (int i = 0; i < 3; i++)
            pyrt_fill_nan(c->y[i], pyrt_min(warmup, c->n));
        return answer;
    }
    if (!pyrt_forgets(c->p[1]) || !pyrt_forgets(c->p[3]) || !pyrt_forgets(c->p[5]))
        return pyrt_macdext_part(c);
    return pyrt_in_parts(c, pyrt_macdext_part, 1, 3, warmup);
}

static int pyrt_rsi_call(const pyrt_call *c) { return pyrt_rsi(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]); }

#endif

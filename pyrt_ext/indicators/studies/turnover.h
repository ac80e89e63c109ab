/* What volume tells about prices: averages weighted by it, money that flows, indices that move with it. */
#ifndef PYRT_TURNOVER_H
#define PYRT_TURNOVER_H

#include "../volume.h"

/* Ratios of two sums of windows, in one pass: the rows of a block are made, and with their heads the ratios; then their
 * tails, for windows that end in the next block (sums.h has the idea). Divisions so have company. */
typedef struct {
    double a[PYRT_NEAR + 8], b[PYRT_NEAR + 8]; /* the rows of a block */
    double before[2][PYRT_NEAR + 8]; /* tails of the last block's */
} pyrt_pairs;

/* Defines pyrt_NAME_part, for windows in p[0], and pyrt_NAME_wide, for short ones where vectors of eight are registers:
 * y = RESULT of sums a and b of rows that ROWS(c, t, left, &a, &b) makes of inputs, eight at a time; ROWS returns zeros,
 * unless an input is not finite. */
#define PYRT_OF_PAIRS(NAME, ROWS, RESULT)                                                                             \
    PYRT_INLINE v8 pyrt_##NAME##_of(v8 a, v8 b) { return RESULT; }                                                    \
    PYRT_CLONES static int pyrt_##NAME##_near(const pyrt_call *c, ptrdiff_t period)                                   \
    {                                                                                                                 \
        pyrt_pairs pairs = {0};                                                                                       \
        v8 check = {0}, a, b;                                                                                         \
        for (ptrdiff_t s = 0; s < c->n; s += period) {                                                                \
            const ptrdiff_t end = pyrt_min(period, c->n - s);                                                         \
            v8 sum_a = {0}, sum_b = {0};                                                                              \
            for (ptrdiff_t j = 0; j < end; j += 8) {                                                                  \
                const ptrdiff_t left = c->n - s - j;                                                                  \
                check += ROWS(c, s + j, left, &a, &b);                                                                \
                v8_store(pairs.a + j, a), v8_store(pairs.b + j, b);                                                   \
                const v8 head_a = v8_prefix(a), head_b = v8_prefix(b);                                                \
                const v8 all_a = v8_load(pairs.before[0] + j) + (head_a + sum_a);                                     \
                const v8 all_b = v8_load(pairs.before[1] + j) + (head_b + sum_b);                                     \
                if (left >= 8)                                                                                        \
                    v8_store(c->y[0] + s + j, pyrt_##NAME##_of(all_a, all_b));                                        \
                else                                                                                                  \
                    v8_store_end(c->y[0] + s + j, pyrt_##NAME##_of(all_a, all_b), left);                              \
                sum_a += v8_last(head_a), sum_b += v8_last(head_b);                                                   \
            }                                                                                                         \
            if (s + period < c->n) {                                                                                  \
                pyrt_sum_tails(pairs.a, pairs.before[0], period, period, 1);                                          \
                pyrt_sum_tails(pairs.b, pairs.before[1], period, period, 1);                                          \
            }                                                                                                         \
        }                                                                                                             \
        return pyrt_unsure(check);                                                                                    \
    }                                                                                                                 \
    PYRT_CLONES static int pyrt_##NAME##_rows(const pyrt_call *c, double *x, double *y)                               \
    {                                                                                                                 \
        v8 check = {0}, a, b;                                                                                         \
        for (ptrdiff_t t = 0; t < c->n; t += 8) {                                                                     \
            check += ROWS(c, t, c->n - t, &a, &b);                                                                    \
            if (c->n - t >= 8) {                                                                                      \
                v8_store(x + t, a), v8_store(y + t, b);                                                               \
            } else {                                                                                                  \
                v8_store_end(x + t, a, c->n - t), v8_store_end(y + t, b, c->n - t);                                   \
            }                                                                                                         \
        }                                                                                                             \
        return pyrt_unsure(check);                                                                                    \
    }                                                                                                                 \
    PYRT_CLONES static void pyrt_##NAME##_results(const double *x, double *y, ptrdiff_t n)                            \
    {                                                                                                                 \
        ptrdiff_t t = 0;                                                                                              \
        for (; t + 8 <= n; t += 8)                                                                                    \
            v8_store(y + t, pyrt_##NAME##_of(v8_load(x + t), v8_load(y + t)));                                        \
        v8_store_end(y + t, pyrt_##NAME##_of(v8_load_end(x + t, n - t), v8_load_end(y + t, n - t)), n - t);           \
    }                                                                                                                 \
    static int pyrt_##NAME##_part(const pyrt_call *c)                                                                 \
    {                                                                                                                 \
        const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period - 1, n);                      \
        int answer;                                                                                                   \
        if (period > PYRT_SHORT && period <= PYRT_NEAR) {                                                             \
            answer = pyrt_##NAME##_near(c, period);                                                                   \
        } else {                                                                                                      \
            double *room = malloc((size_t)n * 3 * sizeof *room);                                                      \
            if (room == NULL)                                                                                         \
                return PYRT_NO_MEMORY;                                                                                \
            answer = pyrt_##NAME##_rows(c, room, room + n);                                                           \
            pyrt_window_sum(room, room + 2 * n, n, period, 1.0);                                                      \
            pyrt_window_sum(room + n, c->y[0], n, period, 1.0);                                                       \
            pyrt_##NAME##_results(room + 2 * n + warmup, c->y[0] + warmup, n - warmup);                               \
            free(room);                                                                                               \
        }                                                                                                             \
        pyrt_fill_nan(c->y[0], warmup);                                                                               \
        return answer;                                                                                                \
    }                                                                                                                 \
    PYRT_INLINE void pyrt_##NAME##_begin(const pyrt_call *c, pyrt_short *s)                                           \
    {                                                                                                                 \
        pyrt_short_begin(&s[0], (ptrdiff_t)c->p[0]);                                                                  \
        pyrt_short_begin(&s[1], (ptrdiff_t)c->p[0]);                                                                  \
    }                                                                                                                 \
    PYRT_INLINE v8 pyrt_##NAME##_step(const pyrt_call *c, pyrt_short *s, ptrdiff_t t, ptrdiff_t count)                \
    {                                                                                                                 \
        v8 a, b;                                                                                                      \
        const v8 check = ROWS(c, t, count, &a, &b);                                                                   \
        pyrt_give(c->y[0] + t, pyrt_##NAME##_of(pyrt_short_next(&s[0], a), pyrt_short_next(&s[1], b)), count);        \
        return check;                                                                                                 \
    }                                                                                                                 \
    PYRT_WALK(NAME, 2, 0)                                                                                             \
    static int pyrt_##NAME##_of_pairs(const pyrt_call *c, int inputs)                                                 \
    {                                                                                                                 \
        if (!pyrt_wide() || c->p[0] > PYRT_SHORT)                                                                     \
            return pyrt_in_parts(c, pyrt_##NAME##_part, inputs, 1, (ptrdiff_t)c->p[0] - 1);                           \
        const int answer = pyrt_##NAME##_wide(c);                                                                     \
        pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)c->p[0] - 1, c->n));                                               \
        return answer;                                                                                                \
    }

/* Eight of an input, zeros beyond the end. */
PYRT_INLINE v8 pyrt_eight(const double *x, ptrdiff_t t, ptrdiff_t left)
{
    return left >= 8 ? v8_load(x + t) : v8_load_end(x + t, left);
}

PYRT_INLINE v8 pyrt_money_at(const pyrt_call *c, ptrdiff_t t, ptrdiff_t left, v8 *money, v8 *volume)
{
    *volume = pyrt_eight(c->x[1], t, left);
    *money = pyrt_eight(c->x[0], t, left) * *volume;
    return *money * 0.0 + *volume * 0.0;
}

/* Where the window has no volume: NaN, or infinite. */
PYRT_OF_PAIRS(weighted_by_volume, pyrt_money_at, a / b)

static int pyrt_vwma_call(const pyrt_call *c)
{
    if (c->p[0] > 1.0)
        return pyrt_weighted_by_volume_of_pairs(c, 2);
    memcpy(c->y[0], c->x[0], (size_t)c->n * sizeof(double));
    return PYRT_UNSURE;
}

PYRT_INLINE v8 pyrt_flow_at(const pyrt_call *c, ptrdiff_t t, ptrdiff_t left, v8 *flow, v8 *volume)
{
    const v8 high = pyrt_eight(c->x[0], t, left), low = pyrt_eight(c->x[1], t, left);
    const v8 close = pyrt_eight(c->x[2], t, left), span = high - low;
    *volume = pyrt_eight(c->x[3], t, left);
    *flow = v8_where(span > 0.0, ((close - low) - (high - close)) / span * *volume);
    return (high + low + close + *volume) * 0.0;
}

PYRT_OF_PAIRS(cmf, pyrt_flow_at, v8_where(v8_negative(0.0 - b), a / b))

static int pyrt_cmf_call(const pyrt_call *c) { return pyrt_cmf_of_pairs(c, 4); }

/* Volume in the mean volume of the rows before it. */
PYRT_CLONES_PLAIN static void pyrt_rvol_of(const double *restrict volume, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = volume[i] / y[i];
}

static int pyrt_rvol_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period, n);
    pyrt_window_sum(c->x[0], c->y[0] + 1, n - 1, period, 1.0 / c->p[0]);
    pyrt_fill_nan(c->y[0], warmup);
    pyrt_rvol_of(c->x[0] + warmup, c->y[0] + warmup, n - warmup);
    return PYRT_UNSURE;
}

PYRT_IN_PARTS(rvol, 1, 1, (ptrdiff_t)c->p[0])

PYRT_INLINE v8 pyrt_force(const double *close, const double *volume, ptrdiff_t count)
{
    if (count >= 8)
        return (v8_load(close) - v8_load(close - 1)) * v8_load(volume);
    return (v8_load_end(close, count) - v8_load_end(close - 1, count)) * v8_load_end(volume, count);
}

/* An exponential average of each row's change times its volume. */
PYRT_CLONES static int pyrt_efi_call(const pyrt_call *c)
{
    const double *close = c->x[0], *volume = c->x[1];
    double *y = c->y[0];
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    pyrt_fill_nan(y, pyrt_min(period, n));
    if (n <= period)
        return PYRT_UNSURE;
    const double first = (close[1] - close[0]) * volume[1];
    double distance = 0.0;
    for (ptrdiff_t t = 2; t <= period; t++)
        distance += (close[t] - close[t - 1]) * volume[t] - first;
    y[period] = first + distance / (double)period;
    v8_smoother s = v8_smoother_start(2.0 / ((double)period + 1.0), y[period]);
    v8 check = pyrt_check(close, period + 1) + pyrt_check(volume, period + 1);
    ptrdiff_t t = period + 1;
    for (; t + 8 <= n; t += 8) {
        const v8 force = pyrt_force(close + t, volume + t, 8);
        check += force * 0.0;
        v8_store(y + t, v8_smooth(&s, force));
    }
    const v8 force = pyrt_force(close + t, volume + t, n - t);
    v8_store_end(y + t, v8_smooth(&s, force), n - t);
    return pyrt_unsure(check + force * 0.0);
}

PYRT_ROWS(marketfi, 3, v8_where(d != 0.0, (a - b) / d))

/* Lane j becomes the product of v[0..j]. */
PYRT_INLINE v8 v8_product(v8 v)
{
    const v8 one = v8_all(1.0);
    v *= PYRT_PICK(one, v, 7, 8, 9, 10, 11, 12, 13, 14);
    v *= PYRT_PICK(one, v, 6, 7, 8, 9, 10, 11, 12, 13);
    v *= PYRT_PICK(one, v, 4, 5, 6, 7, 8, 9, 10, 11);
    return v;
}

/* An index that begins at 1000 and moves with the close, where volume rose, or where it fell. */
PYRT_CLONES static int pyrt_volume_index(const pyrt_call *c, double sign)
{
    const double *restrict close = c->x[0], *restrict volume = c->x[1];
    double *restrict y = c->y[0];
    v8 last = v8_all(1000.0), check = {0};
    y[0] = 1.0;
    for (ptrdiff_t start = 0; start < c->n; start += PYRT_TURN) {
        const ptrdiff_t end = pyrt_min(start + PYRT_TURN, c->n);
        ptrdiff_t i = start > 0 ? start : 1;
        for (; i < end; i++) {
            const double before = close[i - 1] != 0.0 ? close[i - 1] : close[i];
            const double share = close[i] / before;
            y[i] = (sign * volume[i] > sign * volume[i - 1]) & (close[i - 1] != 0.0) ? share : 1.0;
        }
        check += pyrt_check(close + start, end - start) + pyrt_check(volume + start, end - start);
        for (i = start; i + 8 <= end; i += 8) {
            const v8 part = v8_product(v8_load(y + i));
            v8_store(y + i, last * part);
            last *= v8_last(part);
        }
        v8_store_end(y + i, last * v8_product(v8_load_end(y + i, end - i)), end - i);
    }
    return pyrt_unsure(check);
}

static int pyrt_nvi_call(const pyrt_call *c) { return pyrt_volume_index(c, -1.0); }

static int pyrt_pvi_call(const pyrt_call *c) { return pyrt_volume_index(c, 1.0); }

/* The sum of volumes times the changes of their rows. */
PYRT_CLONES static int pyrt_pvt_call(const pyrt_call *c)
{
    const double *close = c->x[0], *volume = c->x[1];
    double *y = c->y[0];
    const ptrdiff_t n = c->n;
    v8 sum = {0}, check = v8_all((close[0] + volume[0]) * 0.0);
    ptrdiff_t t = 1;
    y[0] = 0.0;
    for (; t + 8 <= n; t += 8) {
        const v8 x = v8_load(close + t), v = v8_load(volume + t), before = v8_load(close + t - 1);
        const v8 part = v8_prefix(v8_where(before != 0.0, v * ((x - before) / before)));
        check += (x + v) * 0.0;
        v8_store(y + t, sum + part);
        sum += v8_last(part);
    }
    const ptrdiff_t left = n - t;
    const v8 x = v8_load_end(close + t, left), v = v8_load_end(volume + t, left);
    const v8 before = v8_load_end(close + t - 1, left);
    v8_store_end(y + t, sum + v8_prefix(v8_where(before != 0.0, v * ((x - before) / before))), left);
    return pyrt_unsure(check + (x + v) * 0.0);
}

/* Money and volume of rows, added to what came before; the volumes' sums are kept. */
typedef struct {
    v8 money, volume, check;
} pyrt_sums;

PYRT_INLINE v8 pyrt_vwap_of(pyrt_sums *s, v8 high, v8 low, v8 close, v8 volume, v8 *total)
{
    const v8 money = v8_prefix((high + low + close) / 3.0 * volume), traded = v8_prefix(volume);
    const v8 result = (s->money + money) / (s->volume + traded);
    *total = s->volume + traded;
    s->check += (high + low + close + volume) * 0.0;
    s->money += v8_last(money), s->volume += v8_last(traded);
    return result;
}

/* All money in all volume since the first row; where no volume has come yet, or volumes cancel out, the value stays (0 at
 * first). */
PYRT_CLONES static int pyrt_vwap_call(const pyrt_call *c)
{
    const double *high = c->x[0], *low = c->x[1], *close = c->x[2], *volume = c->x[3];
    double *y = c->y[0], totals[PYRT_TURN], last = 0.0;
    pyrt_sums s = {{0}, {0}, {0}};
    for (ptrdiff_t start = 0; start < c->n; start += PYRT_TURN) {
        const ptrdiff_t end = pyrt_min(start + PYRT_TURN, c->n);
        v8i some = (v8i){0} - 1;
        v8 total;
        ptrdiff_t t = start;
        for (; t + 8 <= end; t += 8) {
            const v8 h = v8_load(high + t), l = v8_load(low + t), x = v8_load(close + t), v = v8_load(volume + t);
            v8_store(y + t, pyrt_vwap_of(&s, h, l, x, v, &total));
            v8_store(totals + (t - start), total);
            some &= total > 0.0;
        }
        const ptrdiff_t left = end - t;
        if (left > 0) {
            const v8 h = v8_load_end(high + t, left), l = v8_load_end(low + t, left), x = v8_load_end(close + t, left);
            v8_store_end(y + t, pyrt_vwap_of(&s, h, l, x, v8_load_end(volume + t, left), &total), left);
            v8_store(totals + (t - start), total);
            some &= total > 0.0;
        }
        const v8 all = v8_prefix(v8_where(some, v8_all(1.0)));
        for (t = start; t < end && all[7] != 8.0; t++)
            y[t] = last = totals[t - start] > 0.0 ? y[t] : last;
        last = y[end - 1];
    }
    return pyrt_unsure(s.check);
}

#endif

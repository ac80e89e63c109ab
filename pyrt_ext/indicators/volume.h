/* Volume: what was traded as prices rose and fell. */
#ifndef PYRT_VOLUME_H
#define PYRT_VOLUME_H

#include "abreast.h"
#include "ranges.h"

enum { PYRT_TURN = 1024 }; /* how many rows are made before they are summed up, a multiple of 8 */

/* Sums of everything so far, in place; returns the last. */
PYRT_INLINE v8 pyrt_accumulate(double *y, ptrdiff_t n, v8 sum)
{
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const v8 part = v8_prefix(v8_load(y + i));
        v8_store(y + i, sum + part);
        sum += v8_last(part);
    }
    v8_store_end(y + i, sum + v8_prefix(v8_load_end(y + i, n - i)), n - i);
    return sum;
}

PYRT_CLONES static int pyrt_obv_call(const pyrt_call *c)
{
    const double *restrict x = c->x[0], *restrict volume = c->x[1];
    double *restrict y = c->y[0];
    y[0] = volume[0];
    v8 sum = {0}, check = {0};
    for (ptrdiff_t start = 0; start < c->n; start += PYRT_TURN) {
        const ptrdiff_t end = pyrt_min(start + PYRT_TURN, c->n);
        for (ptrdiff_t i = start > 0 ? start : 1; i < end; i++)
            y[i] = x[i] > x[i - 1] ? volume[i] : x[i] < x[i - 1] ? -volume[i] : 0.0;
        check += pyrt_check(x + start, end - start) + pyrt_check(volume + start, end - start);
        sum = pyrt_accumulate(y + start, end - start, sum);
    }
    return pyrt_unsure(check);
}

/* Volume by where in its range a bar closed. */
PYRT_INLINE double pyrt_flow(double high, double low, double close, double volume)
{
    const double span = high - low;
    return span > 0.0 ? ((close - low) - (high - close)) / span * volume : 0.0;
}

/* Volume by where they closed of `count` rows from t on, eight or fewer; adds zeros to the check, unless an input is not
 * finite. */
PYRT_INLINE v8 pyrt_ad_flow(const pyrt_call *c, ptrdiff_t t, ptrdiff_t count, v8 *check)
{
    const v8 high = pyrt_take(c->x[0] + t, count), low = pyrt_take(c->x[1] + t, count);
    const v8 close = pyrt_take(c->x[2] + t, count), volume = pyrt_take(c->x[3] + t, count), span = high - low;
    *check += (high + low + close + volume) * 0.0;
    return v8_where(v8_negative(0.0 - span), ((close - low) - (high - close)) / span * volume);
}

/* All of it so far. */
PYRT_CLONES static int pyrt_ad_call(const pyrt_call *c)
{
    double *y = c->y[0];
    const ptrdiff_t n = c->n;
    const int passes = n >= PYRT_BEYOND && ((uintptr_t)y & 15) == 0;
    v8 check = {0}, sum = {0}, line;
    ptrdiff_t t = 0;
    for (; t + 8 <= n; t += 8) {
        line = sum + v8_prefix(pyrt_ad_flow(c, t, 8, &check));
        sum = v8_last(line);
        passes ? v8_pass(y + t, line) : v8_store(y + t, line);
    }
    pyrt_passed();
    v8_store_end(y + t, sum + v8_prefix(pyrt_ad_flow(c, t, n - t, &check)), n - t);
    return pyrt_unsure(check);
}

/* Two averages of that line, each beginning with its first value, one less the other. The line lies d above an average of
 * it, where d[t] = w*(d[t-1] + flow[t]) and d[0] = 0: so neither the line is needed, nor how large it has become. */
typedef struct {
    v8_abreast fast, slow;
    v8 check;
} pyrt_chaikins;

/* Before the first row d is what that row's flow makes 0 of. */
PYRT_INLINE v8_abreast pyrt_chaikin_start(double gain, double first)
{
    v8_abreast s = v8_abreast_start(gain, -first);
    s.gain = s.w;
    return s;
}

/* 64 rows from t on, or `left`, if not `whole`, a constant. */
PYRT_INLINE void pyrt_chaikin_stretch(const pyrt_call *c, pyrt_chaikins *s, ptrdiff_t t, ptrdiff_t left, const int whole)
{
    v8 a[8], b[8];
    for (int i = 0; whole && i < 4; i++)
        for (int j = 0; j < 8; j++)
            __builtin_prefetch(c->x[i] + t + 8 * j + 128); /* the rows after the next: they come meanwhile */
    for (int j = 0; j < 8; j++)
        a[j] = pyrt_ad_flow(c, whole ? t + 8 * j : pyrt_min(t + 8 * j, c->n), whole ? 8 : left - 8 * j, &s->check);
    v8_turn(a);
    for (int r = 0; r < 8; r++)
        a[r] += 0.0; /* turned in pieces where no register holds eight: these are put together here, and not for both */
    v8_smooth_abreast(&s->slow, a, b);
    v8_smooth_abreast(&s->fast, a, a);
    for (int r = 0; r < 8; r++)
        a[r] = b[r] - a[r];
    v8_turn(a);
    for (int j = 0; j < 8; j++)
        pyrt_give(c->y[0] + t + 8 * j, a[j], whole ? 8 : left - 8 * j);
}

PYRT_CLONES static int pyrt_chaikin(const pyrt_call *c, double fast, double slow)
{
    const pyrt_call call = *c;
    const double first = pyrt_flow(c->x[0][0], c->x[1][0], c->x[2][0], c->x[3][0]);
    pyrt_chaikins s = {pyrt_chaikin_start(fast, first), pyrt_chaikin_start(slow, first), {0}};
    ptrdiff_t t = 0;
    for (; t + 64 <= call.n; t += 64)
        pyrt_chaikin_stretch(&call, &s, t, 64, 1);
    if (t < call.n)
        pyrt_chaikin_stretch(&call, &s, t, call.n - t, 0);
    return pyrt_unsure(s.check);
}

static int pyrt_adosc_call(const pyrt_call *c)
{
    const double longer = c->p[0] > c->p[1] ? c->p[0] : c->p[1];
    const int answer = pyrt_chaikin(c, 2.0 / (c->p[0] + 1.0), 2.0 / (c->p[1] + 1.0));
    pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)longer - 1, c->n));
    return answer;
}

#endif

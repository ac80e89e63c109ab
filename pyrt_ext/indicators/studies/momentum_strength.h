/* Momentum smoothed twice, and a place between extremes with its averages. */
#ifndef PYRT_MOMENTUM_STRENGTH_H
#define PYRT_MOMENTUM_STRENGTH_H

#include "../abreast.h"
#include "../oscillators.h"

/* An exponential average that begins with the mean of its first values, one value at a time. */
typedef struct {
    double gain, first, value;
    ptrdiff_t period, seen;
} pyrt_beginning;

PYRT_INLINE pyrt_beginning pyrt_begin(double period)
{
    return (pyrt_beginning){2.0 / (period + 1.0), 0.0, 0.0, (ptrdiff_t)period, 0};
}

/* Takes *x and puts the average there; 0 while there is none. */
PYRT_INLINE int pyrt_begin_with(pyrt_beginning *a, double *x)
{
    if (a->seen >= a->period) {
        a->value += (*x - a->value) * a->gain;
    } else {
        if (a->seen == 0)
            a->first = *x, a->value = 0.0;
        a->value += *x - a->first;
        if (++a->seen < a->period)
            return 0;
        a->value = a->first + a->value / (double)a->period;
    }
    *x = a->value;
    return 1;
}

PYRT_INLINE v8_smoother pyrt_go_on(const pyrt_beginning *a) { return v8_smoother_start(a->gain, a->value); }

/* A movement and its size, each smoothed twice, and the one in percent of the other: while they begin, and then. */
typedef struct {
    pyrt_beginning move[2], size[2];
} pyrt_strength_beginning;

typedef struct {
    v8_smoother move[2], size[2];
} pyrt_strength;

PYRT_INLINE pyrt_strength_beginning pyrt_strength_begin(double first, double second)
{
    return (pyrt_strength_beginning){{pyrt_begin(first), pyrt_begin(second)}, {pyrt_begin(first), pyrt_begin(second)}};
}

PYRT_INLINE int pyrt_strength_begin_with(pyrt_strength_beginning *s, double move, double size, double *y)
{
    for (int k = 0; k < 2; k++)
        if (!(pyrt_begin_with(&s->move[k], &move) & pyrt_begin_with(&s->size[k], &size)))
            return 0;
    *y = size > 0.0 ? 100.0 * (move / size) : 0.0;
    return 1;
}

PYRT_INLINE pyrt_strength pyrt_strength_go_on(const pyrt_strength_beginning *s)
{
    return (pyrt_strength){
        {pyrt_go_on(&s->move[0]), pyrt_go_on(&s->move[1])}, {pyrt_go_on(&s->size[0]), pyrt_go_on(&s->size[1])}};
}

PYRT_INLINE v8 pyrt_strength_at(pyrt_strength *s, v8 move, v8 size)
{
    for (int k = 0; k < 2; k++)
        move = v8_smooth(&s->move[k], move), size = v8_smooth(&s->size[k], size);
    return v8_where(size > 0.0, 100.0 * (move / size));
}

/* 64 rows from t on, or `left`, if not `whole`, a constant: a movement and its size, each smoothed twice. */
PYRT_INLINE v8 pyrt_tsi_stretch(
    const double *x, double *y, v8_abreast *move, v8_abreast *size, ptrdiff_t left, const int whole)
{
    v8 a[8], b[8], check = {0};
    for (int j = 0; j < 8; j++) {
        const ptrdiff_t at = whole ? 8 * j : pyrt_min(8 * j, left), count = whole ? 8 : left - at;
        const v8 value = pyrt_take(x + at, count);
        check += value * 0.0;
        a[j] = value - pyrt_take(x + at - 1, count);
    }
    v8_turn(a);
    for (int r = 0; r < 8; r++)
        b[r] = v8_abs(a[r]);
    for (int k = 0; k < 2; k++)
        v8_smooth_abreast(&move[k], a, a), v8_smooth_abreast(&size[k], b, b);
    for (int r = 0; r < 8; r++)
        a[r] = v8_where(v8_negative(0.0 - b[r]), 100.0 * (a[r] / b[r]));
    v8_turn(a);
    for (int j = 0; j < 8; j++)
        pyrt_give(y + 8 * j, a[j], whole ? 8 : left - 8 * j);
    return check;
}

PYRT_CLONES static int pyrt_tsi_call(const pyrt_call *c)
{
    const double *x = c->x[0];
    double *y = c->y[0];
    const ptrdiff_t n = c->n, warmup = pyrt_min((ptrdiff_t)(c->p[0] + c->p[1]) - 1, n);
    pyrt_fill_nan(y, warmup);
    if (n <= warmup)
        return PYRT_UNSURE;
    pyrt_strength_beginning s = pyrt_strength_begin(c->p[0], c->p[1]);
    for (ptrdiff_t t = 1; t <= warmup; t++)
        pyrt_strength_begin_with(&s, x[t] - x[t - 1], fabs(x[t] - x[t - 1]), y + warmup);
    v8_abreast move[2], size[2];
    for (int k = 0; k < 2; k++) {
        move[k] = v8_abreast_start(s.move[k].gain, s.move[k].value);
        size[k] = v8_abreast_start(s.size[k].gain, s.size[k].value);
    }
    ptrdiff_t t = warmup + 1;
    v8 check = pyrt_check(x, t);
    for (; t + 64 <= n; t += 64)
        check += pyrt_tsi_stretch(x + t, y + t, move, size, 64, 1);
    if (t < n)
        check += pyrt_tsi_stretch(x + t, y + t, move, size, n - t, 0);
    return pyrt_unsure(check);
}

/* Rows t of a stochastic momentum index from `from` to `to` once all averages are there, of the window's extremes. */
PYRT_CLONES static void pyrt_smi_rows(
    const pyrt_call *c, const double *top, const double *bottom, ptrdiff_t from, ptrdiff_t to, pyrt_strength *s,
    v8_smoother *signal)
{
    const double *close = c->x[2] + from;
    double *y = c->y[0] + from, *line = c->y[1] + from;
    const ptrdiff_t n = to - from;
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const v8 h = v8_load(top + i), l = v8_load(bottom + i);
        const v8 index = pyrt_strength_at(s, v8_load(close + i) - 0.5 * (h + l), 0.5 * (h - l));
        v8_store(y + i, index), v8_store(line + i, v8_smooth(signal, index));
    }
    if (i < n) {
        const v8 h = v8_load_end(top + i, n - i), l = v8_load_end(bottom + i, n - i);
        const v8 index = pyrt_strength_at(s, v8_load_end(close + i, n - i) - 0.5 * (h + l), 0.5 * (h - l));
        v8_store_end(y + i, index, n - i), v8_store_end(line + i, v8_smooth(signal, index), n - i);
    }
}

/* The first rows up to the warm-up's end go one by one, the others in stretches whose extremes caches hold. */
static int pyrt_smi_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], before = period - 1;
    const ptrdiff_t warmup = pyrt_min((ptrdiff_t)(c->p[0] + c->p[1] + c->p[2] + c->p[3]) - 4, n);
    pyrt_fill_nan(c->y[0], warmup);
    pyrt_fill_nan(c->y[1], warmup);
    if (n <= warmup)
        return PYRT_UNSURE;
    const ptrdiff_t size = period > PYRT_PART ? (period + 7) / 8 * 8 : PYRT_PART, wide = size + before;
    double *room = pyrt_room(wide, 2), *top = room + before, *bottom = room + wide + before;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_strength_beginning begun = pyrt_strength_begin(c->p[2], c->p[1]);
    pyrt_beginning begun_signal = pyrt_begin(c->p[3]);
    pyrt_strength s;
    v8_smoother signal;
    int answer = PYRT_FINITE;
    for (ptrdiff_t from = before, to; from < n && answer != PYRT_NO_MEMORY; from = to) {
        to = pyrt_min(from + size, from > warmup ? n : warmup + 1);
        answer = pyrt_both(answer, pyrt_highest(c->x[0] + from - before, room, to - from + before, period));
        answer = pyrt_both(answer, pyrt_lowest(c->x[1] + from - before, room + wide, to - from + before, period));
        if (from > warmup) {
            pyrt_smi_rows(c, top, bottom, from, to, &s, &signal);
            continue;
        }
        for (ptrdiff_t t = from; t < to; t++) {
            const double high = top[t - from], low = bottom[t - from];
            double index;
            if (pyrt_strength_begin_with(&begun, c->x[2][t] - 0.5 * (high + low), 0.5 * (high - low), &index)) {
                c->y[0][warmup] = index;
                pyrt_begin_with(&begun_signal, &index);
            }
        }
        s = pyrt_strength_go_on(&begun), signal = pyrt_go_on(&begun_signal);
        c->y[1][warmup] = begun_signal.value;
    }
    free(room);
    return answer == PYRT_FINITE && !pyrt_all_finite(c->x[2], n) ? PYRT_UNSURE : answer;
}

PYRT_CLONES_PLAIN static void pyrt_beyond(
    const double *restrict k, const double *restrict d, double *restrict j, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        j[i] = 3.0 * k[i] - 2.0 * d[i];
}

/* The slow stochastic oscillator, and what its line is beyond its average. */
static int pyrt_kdj_part(const pyrt_call *c)
{
    const int answer = pyrt_stoch_part(c);
    pyrt_beyond(c->y[0], c->y[1], c->y[2], c->n);
    return answer;
}

static int pyrt_place_part(const pyrt_call *c)
{
    double *room = pyrt_room(c->n, 2);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    const int answer = pyrt_fast_k(c->x[0], c->x[1], c->x[2], c->y[0], c->n, (ptrdiff_t)c->p[0], room);
    free(room);
    return pyrt_both(answer, PYRT_UNSURE);
}

/* Where an average remembers everything, places are found part after part, in the array of `j`, and averaged as a whole. */
static int pyrt_kdj_call(const pyrt_call *c)
{
    pyrt_call own = *c;
    for (int i = 2; i <= 4; i += 2)
        own.p[i] = c->p[i] == PYRT_OWN ? 13.0 : c->p[i];
    if (pyrt_forgets(own.p[2]) && pyrt_forgets(own.p[4]))
        return pyrt_in_parts(&own, pyrt_kdj_part, 3, 3, pyrt_stoch_warmup(&own));
    const ptrdiff_t n = c->n, slow = (ptrdiff_t)own.p[1], signal = (ptrdiff_t)own.p[3], first = (ptrdiff_t)own.p[0] - 1;
    const int kind = (int)own.p[2], signal_kind = (int)own.p[4];
    const pyrt_call places = {{c->x[0], c->x[1], c->x[2]}, {c->y[2]}, {own.p[0]}, n, c->row};
    int answer = pyrt_in_parts(&places, pyrt_place_part, 3, 1, first);
    answer = pyrt_both(answer, pyrt_average_from(c->y[2], c->y[0], n, first, slow, kind));
    answer = pyrt_both(
        answer, pyrt_average_from(c->y[0], c->y[1], n, first + pyrt_average_warmup(slow, kind), signal, signal_kind));
    pyrt_fill_nan(c->y[0], pyrt_min(pyrt_stoch_warmup(&own), n));
    pyrt_beyond(c->y[0], c->y[1], c->y[2], n);
    return answer;
}

#endif

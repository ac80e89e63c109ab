/* Recurrences that forget, eight stretches of a series side by side.
 *
 * A step that waits for the one before cannot be hurried, but what a row knows of the distant past may fade to nothing, to
 * the last bit. So the stretches are started some rows early with nothing known, each in a lane, and where one ends its
 * state must be, bit for bit, what the next one had there. Where it is not, that stretch is run again from the right
 * state, until it comes to the same. So the result is that of one row after the other, wherever stretches begin.
 */
#ifndef PYRT_STRETCHES_H
#define PYRT_STRETCHES_H

#include "dispatch.h"

enum {
    PYRT_STRETCH_WORDS = 40,  /* the most words that a state has */
    PYRT_STRETCH_MOST = 4096, /* the longest stretch; stretches and how early they start are multiples of 16 rows */
    PYRT_STRETCH_MARK = 256,  /* after how many of its rows each time it is noted what a lane knows */
};

/* Moves the state over rows [from, to) of every lane, multiples of 8, and writes their results; lane j is `stride` rows
 * behind lane j - 1, and lane 0 counts rows from `at`. */
typedef void (*pyrt_lanes)(void *user, v8 *state, ptrdiff_t at, ptrdiff_t stride, ptrdiff_t from, ptrdiff_t to);

typedef struct {
    pyrt_lanes run;
    void *user;
    int words; /* of a state */
    ptrdiff_t early; /* how many rows before its stretch a lane starts */
} pyrt_stretches;

/* How long the stretches of eight lanes are, of so many rows; 0 where it is not worth while. */
static ptrdiff_t pyrt_stretch_of(const pyrt_stretches *w, ptrdiff_t rows)
{
    const ptrdiff_t stretch = (rows - w->early) / 128 * 16;
    return stretch < w->early / 4 ? 0 : pyrt_min(stretch, PYRT_STRETCH_MOST);
}

/* All lanes get what one of another state knows. */
static void pyrt_lanes_take(v8 *to, const v8 *from, int lane, int words)
{
    for (int i = 0; i < words; i++)
        to[i] = v8_all(from[i][lane]);
}

static int pyrt_lanes_same(const v8 *a, int lane, const v8 *b, int other, int words)
{
    for (int i = 0; i < words; i++)
        if (((v8i)a[i])[lane] != ((v8i)b[i])[other])
            return 0;
    return 1;
}

/* Where a lane did not begin with what the one before it ended with, runs it again from there. */
static void pyrt_lanes_mend(
    const pyrt_stretches *w, v8 *end, v8 marks[][PYRT_STRETCH_WORDS], int lane, ptrdiff_t at, ptrdiff_t stretch)
{
    const ptrdiff_t stop = w->early + stretch;
    v8 s[PYRT_STRETCH_WORDS];
    if (pyrt_lanes_same(end, lane - 1, marks[0], lane, w->words))
        return;
    pyrt_lanes_take(s, end, lane - 1, w->words);
    for (ptrdiff_t from = w->early, k = 1; from < stop; from += PYRT_STRETCH_MARK, k++) {
        w->run(w->user, s, at + lane * stretch, 0, from, pyrt_min(from + PYRT_STRETCH_MARK, stop));
        if (pyrt_lanes_same(s, 0, marks[k], lane, w->words))
            return;
    }
    for (int i = 0; i < w->words; i++)
        end[i][lane] = s[i][0];
}

/* Rows from `at` on, 8 * stretch + early of them; `state`, alike in all lanes, is that of the row before, and becomes that
 * of the last. `nothing` is what a lane starts with that knows nothing. */
static void pyrt_side_by_side(
    const pyrt_stretches *w, v8 *state, const v8 *nothing, ptrdiff_t at, ptrdiff_t stretch)
{
    v8 s[PYRT_STRETCH_WORDS], marks[PYRT_STRETCH_MOST / PYRT_STRETCH_MARK + 1][PYRT_STRETCH_WORDS];
    const size_t size = (size_t)w->words * sizeof *s;
    for (int i = 0; i < w->words; i++) {
        s[i] = nothing[i];
        s[i][0] = state[i][0];
    }
    w->run(w->user, s, at, stretch, 0, w->early);
    memcpy(marks[0], s, size);
    for (ptrdiff_t from = w->early, k = 1; from < w->early + stretch; from += PYRT_STRETCH_MARK, k++) {
        w->run(w->user, s, at, stretch, from, pyrt_min(from + PYRT_STRETCH_MARK, w->early + stretch));
        memcpy(marks[k], s, size);
    }
    for (int j = 1; j < 8; j++)
        pyrt_lanes_mend(w, s, marks, j, at, stretch);
    pyrt_lanes_take(state, s, 7, w->words);
}

#endif

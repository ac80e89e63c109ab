/* One side of a book: a window of ranks around the best level, and a sorted array of what lies behind it.
 *
 * A bid's rank is its price in ticks, an ask's the negated price, so that the higher is the better on either side. Nearly
 * everything happens inside the window, where a level is found by its rank alone; bits say which ranks have one, so that
 * the next worse level is two words away. The best level is always inside; when it nears an edge, the window moves. */
#ifndef PYRT_MATCHING_LADDER_H
#define PYRT_MATCHING_LADDER_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PYRT_NO_RANK INT64_MIN

enum {
    PYRT_WINDOW = 4096,     /* ranks: 64 words of 64 bits, and one word that says which of them have any */
    PYRT_ABOVE = 1024,      /* ranks that a window that has moved has above its best */
    PYRT_TOO_LOW = 512,     /* with fewer below its best, what comes behind it would mostly lie outside */
};

typedef struct {
    int64_t size;           /* lots, by the venue's last word; 0: there is no such level */
    int64_t taken;          /* lots that we have taken since then */
} pyrt_level;

typedef struct {
    int64_t rank;
    pyrt_level level;
} pyrt_far;

typedef struct {
    pyrt_level *levels;     /* of the window, the word of each 64 behind them; NULL before the first level */
    uint64_t width;         /* of the window: 0 before the first level */
    int64_t base;           /* its first rank */
    int64_t best;           /* PYRT_NO_RANK: there is no level */
    int64_t near;           /* levels in the window */
    uint64_t words;         /* bits: which words have any */
    pyrt_far *far;          /* those of lower ranks, the best last */
    ptrdiff_t far_count;
    ptrdiff_t far_room;
} pyrt_ladder;

static inline uint64_t *pyrt_bits(const pyrt_ladder *ladder) { return (uint64_t *)(ladder->levels + PYRT_WINDOW); }

static inline int64_t pyrt_ladder_count(const pyrt_ladder *ladder) { return ladder->near + ladder->far_count; }

/* Place of the first that lies far off and has at least a rank. */
static ptrdiff_t pyrt_first_far(const pyrt_ladder *ladder, int64_t rank)
{
    ptrdiff_t low = 0, high = ladder->far_count;
    while (low < high) {
        ptrdiff_t middle = (low + high) >> 1;
        if (ladder->far[middle].rank < rank)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A level, NULL if there is none of this rank. */
static inline pyrt_level *pyrt_level_at(const pyrt_ladder *ladder, int64_t rank)
{
    const uint64_t at = (uint64_t)rank - (uint64_t)ladder->base;
    ptrdiff_t place;
    if (at < ladder->width)
        return ladder->levels[at].size ? &ladder->levels[at] : NULL;
    if (ladder->far_count == 0)
        return NULL;
    place = pyrt_first_far(ladder, rank);
    return place < ladder->far_count && ladder->far[place].rank == rank ? &ladder->far[place].level : NULL;
}

static inline int64_t pyrt_size_at(const pyrt_ladder *ladder, int64_t rank)
{
    const pyrt_level *level = pyrt_level_at(ladder, rank);
    return level == NULL ? 0 : level->size;
}

/* The next lower rank with a level in the window, below a place of it; PYRT_NO_RANK if there is none. */
static inline int64_t pyrt_next_near(const pyrt_ladder *ladder, uint64_t at)
{
    const uint64_t *bits = pyrt_bits(ladder);
    uint64_t word = at >> 6, left = bits[word] & (((uint64_t)1 << (at & 63)) - 1), words;
    if (left == 0) {
        words = ladder->words & (((uint64_t)1 << word) - 1);
        if (words == 0)
            return PYRT_NO_RANK;
        word = 63 - (uint64_t)__builtin_clzll(words);
        left = bits[word];
    }
    return ladder->base + (int64_t)(word << 6) + 63 - __builtin_clzll(left);
}

/* Place of the best of the window, which has some. */
static inline uint64_t pyrt_top(const pyrt_ladder *ladder)
{
    const uint64_t word = 63 - (uint64_t)__builtin_clzll(ladder->words);
    return (word << 6) + 63 - (uint64_t)__builtin_clzll(pyrt_bits(ladder)[word]);
}

/* The next worse level's rank, PYRT_NO_RANK if there is none. */
static inline int64_t pyrt_rank_below(const pyrt_ladder *ladder, int64_t rank)
{
    const uint64_t at = (uint64_t)rank - (uint64_t)ladder->base;
    int64_t below = at < ladder->width ? pyrt_next_near(ladder, at) : PYRT_NO_RANK;
    ptrdiff_t place;
    if (below != PYRT_NO_RANK || ladder->far_count == 0)
        return below;
    place = pyrt_first_far(ladder, rank);
    return place > 0 ? ladder->far[place - 1].rank : PYRT_NO_RANK;
}

/* The next better level's rank, the worst's for PYRT_NO_RANK; PYRT_NO_RANK if there is none. Slower than the way down. */
static int64_t pyrt_rank_above(const pyrt_ladder *ladder, int64_t rank)
{
    const uint64_t *bits = pyrt_bits(ladder);
    ptrdiff_t place = 0;
    int64_t at = 0;
    if (ladder->far_count) {
        place = rank == PYRT_NO_RANK ? 0 : pyrt_first_far(ladder, rank + 1);
        if (place < ladder->far_count)
            return ladder->far[place].rank;
    }
    if (ladder->near == 0 || rank >= ladder->best)
        return PYRT_NO_RANK;
    if (rank >= ladder->base)
        at = rank - ladder->base + 1;
    while (!(bits[at >> 6] >> (at & 63) & 1))
        at++;
    return ladder->base + at;
}

static void pyrt_mark_level(pyrt_ladder *ladder, uint64_t at)
{
    pyrt_bits(ladder)[at >> 6] |= (uint64_t)1 << (at & 63);
    ladder->words |= (uint64_t)1 << (at >> 6);
    ladder->near++;
}

static void pyrt_unmark_level(pyrt_ladder *ladder, uint64_t at)
{
    uint64_t *word = &pyrt_bits(ladder)[at >> 6];
    *word &= ~((uint64_t)1 << (at & 63));
    if (*word == 0)
        ladder->words &= ~((uint64_t)1 << (at >> 6));
    ladder->near--;
}

/* Room for so many more that lie far off; -1: no memory. */
static int pyrt_far_room(pyrt_ladder *ladder, int64_t more)
{
    const ptrdiff_t room = 2 * ladder->far_room + 64 + more;
    pyrt_far *far;
    if (ladder->far_count + more <= ladder->far_room)
        return 0;
    far = realloc(ladder->far, (size_t)room * sizeof(pyrt_far));
    if (far == NULL)
        return -1;
    ladder->far = far;
    ladder->far_room = room;
    return 0;
}

/* Move the window so that a rank lies in it, with PYRT_ABOVE beyond: all levels go far off, and those come back that it
 * has room for. None is above it then, if none has a higher rank than this one. */
static int pyrt_move_window(pyrt_ladder *ladder, int64_t rank)
{
    int64_t at, near = ladder->near;
    if (ladder->levels == NULL) {
        ladder->levels = calloc(1, PYRT_WINDOW * sizeof(pyrt_level) + PYRT_WINDOW / 8);
        if (ladder->levels == NULL)
            return -1;
        ladder->width = PYRT_WINDOW;
    }
    if (pyrt_far_room(ladder, near) < 0)
        return -1;
    for (at = ladder->far_count + near; at > ladder->far_count; at--) { /* from the best on, which comes last */
        const uint64_t top = pyrt_top(ladder);
        ladder->far[at - 1] = (pyrt_far){ladder->base + (int64_t)top, ladder->levels[top]};
        ladder->levels[top] = (pyrt_level){0, 0};
        pyrt_unmark_level(ladder, top);
    }
    ladder->far_count += near;
    ladder->base = rank - (PYRT_WINDOW - 1 - PYRT_ABOVE);
    while (ladder->far_count && ladder->far[ladder->far_count - 1].rank >= ladder->base) {
        const pyrt_far *last = &ladder->far[--ladder->far_count];
        const uint64_t place = (uint64_t)last->rank - (uint64_t)ladder->base;
        ladder->levels[place] = last->level;
        pyrt_mark_level(ladder, place);
    }
    return 0;
}

/* A level has come into the window, or gone out of it. */
static int pyrt_level_changed(pyrt_ladder *ladder, int64_t rank, uint64_t at, int64_t size)
{
    if (size) {
        pyrt_mark_level(ladder, at);
        if (rank > ladder->best)
            ladder->best = rank;
        return 0;
    }
    pyrt_unmark_level(ladder, at);
    if (rank != ladder->best)
        return 0;
    ladder->best = pyrt_rank_below(ladder, rank);
    if (ladder->best != PYRT_NO_RANK && ladder->best - ladder->base < PYRT_TOO_LOW)
        return pyrt_move_window(ladder, ladder->best);
    return 0;
}

/* A level that lies outside the window. */
static int pyrt_set_outside(pyrt_ladder *ladder, int64_t rank, int64_t size)
{
    ptrdiff_t place;
    pyrt_far *far;
    if (rank > ladder->best) { /* or the first one */
        if (size == 0)
            return 0;
        if (pyrt_move_window(ladder, rank) < 0)
            return -1;
        ladder->levels[PYRT_WINDOW - 1 - PYRT_ABOVE] = (pyrt_level){size, 0};
        return pyrt_level_changed(ladder, rank, PYRT_WINDOW - 1 - PYRT_ABOVE, size);
    }
    place = pyrt_first_far(ladder, rank);
    far = ladder->far + place;
    if (place < ladder->far_count && far->rank == rank) {
        if (size == 0) {
            ladder->far_count--;
            memmove(far, far + 1, (size_t)(ladder->far_count - place) * sizeof(pyrt_far));
        } else {
            far->level = (pyrt_level){size, 0};
        }
        return 0;
    }
    if (size == 0)
        return 0;
    if (pyrt_far_room(ladder, 1) < 0)
        return -1;
    far = ladder->far + place;
    memmove(far + 1, far, (size_t)(ladder->far_count - place) * sizeof(pyrt_far));
    *far = (pyrt_far){rank, {size, 0}};
    ladder->far_count++;
    return 0;
}

/* Give a level a size; 0 removes it. What we had taken from it is forgotten. -1: no memory. */
static inline int pyrt_set_level(pyrt_ladder *ladder, int64_t rank, int64_t size)
{
    const uint64_t at = (uint64_t)rank - (uint64_t)ladder->base;
    pyrt_level *level;
    int64_t before;
    if (__builtin_expect(at >= ladder->width, 0))
        return pyrt_set_outside(ladder, rank, size);
    level = &ladder->levels[at];
    before = level->size;
    level->size = size;
    level->taken = 0;
    if (__builtin_expect((before == 0) == (size == 0), 1))
        return 0;
    return pyrt_level_changed(ladder, rank, at, size);
}

/* There are no levels any more. */
static inline void pyrt_clear_ladder(pyrt_ladder *ladder)
{
    int64_t rank = ladder->best;
    while (ladder->near) {
        const uint64_t at = (uint64_t)rank - (uint64_t)ladder->base;
        ladder->levels[at] = (pyrt_level){0, 0};
        rank = pyrt_next_near(ladder, at);
        pyrt_unmark_level(ladder, at);
    }
    ladder->far_count = 0;
    ladder->best = PYRT_NO_RANK;
}

/* A side without levels, and without memory. */
static inline void pyrt_begin_ladder(pyrt_ladder *ladder)
{
    memset(ladder, 0, sizeof(pyrt_ladder));
    ladder->best = PYRT_NO_RANK;
}

static inline void pyrt_free_ladder(pyrt_ladder *ladder)
{
    free(ladder->levels);
    free(ladder->far);
}

#endif

/* Large blocks of memory that are used again.
 *
 * A block that goes back to the system comes anew with its pages cleared, which takes longer than most of what is computed
 * into it. So a few are kept, marked as free: the system takes their pages when it is short of memory, without asking.
 * Where it knows no such mark, none are kept. */
#ifndef PYRT_ROOM_H
#define PYRT_ROOM_H

#include <stddef.h>
#include <stdlib.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(__linux__) && defined(MADV_FREE) && defined(MADV_HUGEPAGE)
#define PYRT_KEEPS 1
#endif

enum {
    PYRT_KEPT = 8,                 /* blocks */
    PYRT_KEPT_BYTES = 256 << 20,   /* in all of them */
    PYRT_LARGE_PAGE = 2 << 20,     /* sizes are multiples of it */
};

#if defined(PYRT_KEEPS)
typedef struct {
    void *at;
    size_t size;
} pyrt_room;

static pyrt_room pyrt_kept[PYRT_KEPT]; /* the one that was given first comes first; what is NULL is behind all others */
static char pyrt_kept_lock;

/* Whether it is ours now. Nobody waits for it: who does not get it goes without, as must a process that was forked while
 * another thread had it. */
static int pyrt_lock_kept(void) { return !__atomic_test_and_set(&pyrt_kept_lock, __ATOMIC_ACQUIRE); }

static void pyrt_unlock_kept(void) { __atomic_clear(&pyrt_kept_lock, __ATOMIC_RELEASE); }

/* Takes one out; the lock is held. */
static pyrt_room pyrt_pick_kept(int i)
{
    const pyrt_room room = pyrt_kept[i];
    for (; i + 1 < PYRT_KEPT; i++)
        pyrt_kept[i] = pyrt_kept[i + 1];
    pyrt_kept[PYRT_KEPT - 1] = (pyrt_room){NULL, 0};
    return room;
}

/* The smallest that is kept of at least `size` bytes and not of more than half as many again, or NULL. */
static pyrt_room pyrt_find_kept(size_t size)
{
    pyrt_room room = {NULL, 0};
    int best = -1;
    if (!pyrt_lock_kept())
        return room;
    for (int i = 0; i < PYRT_KEPT; i++) {
        const size_t one = pyrt_kept[i].size;
        if (one >= size && one <= size + size / 2 && (best < 0 || one < pyrt_kept[best].size))
            best = i;
    }
    if (best >= 0)
        room = pyrt_pick_kept(best);
    pyrt_unlock_kept();
    return room;
}

/* Gives the oldest back to the system if all that is kept and `more` bytes are too much; whether it did. */
static int pyrt_drop_kept(size_t more)
{
    pyrt_room oldest = {NULL, 0};
    if (!pyrt_lock_kept())
        return 0;
    for (int i = 0; i < PYRT_KEPT; i++)
        more += pyrt_kept[i].size;
    if (more > PYRT_KEPT_BYTES || pyrt_kept[PYRT_KEPT - 1].at != NULL)
        oldest = pyrt_pick_kept(0);
    pyrt_unlock_kept();
    if (oldest.at == NULL)
        return 0;
    munmap(oldest.at, oldest.size);
    return 1;
}

/* Keeps one if there is place for it; whether it did. */
static int pyrt_keep(pyrt_room room)
{
    size_t all = room.size;
    int i = 0;
    if (!pyrt_lock_kept())
        return 0;
    for (; i < PYRT_KEPT && pyrt_kept[i].at != NULL; i++)
        all += pyrt_kept[i].size;
    const int kept = i < PYRT_KEPT && all <= PYRT_KEPT_BYTES;
    if (kept)
        pyrt_kept[i] = room;
    pyrt_unlock_kept();
    return kept;
}
#endif

/* A block of at least `bytes`, whose content is anything, or NULL; `size` becomes what it must be given back with. */
static void *pyrt_take_room(size_t bytes, size_t *size)
{
#if defined(PYRT_KEEPS)
    *size = (bytes + PYRT_LARGE_PAGE - 1) / PYRT_LARGE_PAGE * PYRT_LARGE_PAGE;
    if (*size < bytes)
        return NULL;
    const pyrt_room kept = pyrt_find_kept(*size);
    if (kept.at != NULL) {
        *size = kept.size;
        return kept.at;
    }
    void *at = MAP_FAILED;
    do
        at = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    while (at == MAP_FAILED && pyrt_drop_kept(PYRT_KEPT_BYTES));
    if (at == MAP_FAILED)
        return NULL;
    madvise(at, *size, MADV_HUGEPAGE);
    return at;
#else
    *size = bytes;
    return malloc(bytes);
#endif
}

static void pyrt_give_room(void *at, size_t size)
{
#if defined(PYRT_KEEPS)
    if (size > PYRT_KEPT_BYTES || madvise(at, size, MADV_FREE) != 0) {
        munmap(at, size);
        return;
    }
    while (pyrt_drop_kept(size))
        ;
    if (!pyrt_keep((pyrt_room){at, size}))
        munmap(at, size);
#else
    (void)size;
    free(at);
#endif
}

#endif

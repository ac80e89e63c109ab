/* What an indicator's batch kernel is called with, and what it answers. */
#ifndef PYRT_CALL_H
#define PYRT_CALL_H

#include <stddef.h>
#include <stdint.h>

enum { PYRT_MAX_INPUTS = 6, PYRT_MAX_OUTPUTS = 6, PYRT_MAX_PARAMETERS = 10 };

/* A kernel writes every output, warm-up included (NaN; 0 where an output is of integers), and may take every input to be
 * finite. Output t depends on inputs up to t alone, to the bit, whatever n is. */
typedef struct {
    const double *x[PYRT_MAX_INPUTS]; /* inputs, n doubles each */
    double *y[PYRT_MAX_OUTPUTS];      /* outputs, n words each; they overlap no input and not each other */
    double p[PYRT_MAX_PARAMETERS];    /* parameters, in the order of the public function */
    ptrdiff_t n;                      /* at least 1 */
    ptrdiff_t row;                    /* of the data, where the inputs begin: an index counts from the data's start */
} pyrt_call;

/* What a kernel over tables is called with, time x assets, whose rows lie whole: columns are neighbours. It gives each
 * column the bits that the kernel over series would. */
typedef struct {
    const double *x[PYRT_MAX_INPUTS];
    double *y[PYRT_MAX_OUTPUTS];
    ptrdiff_t x_row[PYRT_MAX_INPUTS], y_row[PYRT_MAX_OUTPUTS]; /* doubles from one row to the next */
    double p[PYRT_MAX_PARAMETERS];
    ptrdiff_t n, width; /* rows and columns, at least 1 and 8 */
    int beyond;         /* the outputs are larger than caches, and doubles in them aligned */
} pyrt_table_call;

/* Its answer. Unsure: inputs are scanned then, and where there are gaps it is called again for what lies between. */
enum {
    PYRT_FINITE = 0,     /* every input was finite for certain, having been summed up, say */
    PYRT_UNSURE = 1,
    PYRT_UNDONE = 2,     /* a kernel over tables leaves all to that over series */
    PYRT_NO_MEMORY = -1,
};

/* The answer of a kernel made of two. */
static inline int pyrt_both(int one, int other)
{
    return one < 0 || other < 0 ? PYRT_NO_MEMORY : one | other;
}

/* An output of integers. */
static inline int64_t *pyrt_integers(const pyrt_call *c, int output) { return (int64_t *)(void *)c->y[output]; }

#endif

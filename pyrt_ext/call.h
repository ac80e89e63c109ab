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

/* Its answer. Unsure: inputs are scanned then, and where there are gaps it is called again for what lies between. */
enum {
    PYRT_FINITE = 0,     /* every input was finite for certain, having been summed up, say */
    PYRT_UNSURE = 1,
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

/* Where an order stands in its queue when its level changes: proto/MATCHING.md (The queue) is the specification. */
#ifndef PYRT_MATCHING_QUEUE_H
#define PYRT_MATCHING_QUEUE_H

#include <math.h>
#include <stdint.h>

enum { PYRT_RISK_AVERSE = 0, PYRT_POWER = 1, PYRT_POWER2 = 2, PYRT_POWER3 = 3, PYRT_LOG = 4, PYRT_LOG2 = 5 };

typedef struct {
    int64_t model;
    double power; /* n of x^n */
} pyrt_queue_rule;

/* The part of what left a level that left behind us. Each pow and log is one call of libm: Rust calls the same. */
static inline double pyrt_behind(const pyrt_queue_rule *rule, double front, double back, double lot)
{
    double p, n = rule->power;
    switch (rule->model) {
    case PYRT_POWER:
        p = pow(back, n) / (pow(back, n) + pow(front, n));
        break;
    case PYRT_POWER2:
        p = pow(back, n) / pow(back + front, n);
        break;
    case PYRT_POWER3:
        p = 1.0 - pow(front / (front + back), n);
        break;
    case PYRT_LOG:
        p = log(1.0 + back * lot) / (log(1.0 + back * lot) + log(1.0 + front * lot));
        break;
    default:
        p = log(1.0 + back * lot) / log(1.0 + (back + front) * lot);
    }
    return isfinite(p) ? p : 1.0;
}

/* Lots before us once a level of `before` lots has `size`, of which `traded` were trades. */
static inline double pyrt_front(const pyrt_queue_rule *rule, double front, int64_t before, int64_t size, int64_t traded,
                                double lot)
{
    double left = (double)before - (double)size - (double)traded, back, p, estimate = front, over;
    if (left > 0.0) {
        back = (double)before - front;
        p = pyrt_behind(rule, front, back, lot);
        over = back - p * left;
        estimate = front - (1.0 - p) * left + (over < 0.0 ? over : 0.0);
    }
    return estimate < (double)size ? estimate : (double)size;
}

/* Lots that a trade has left for us when `front` of it are before us: to whole lots, halves away from zero. */
static inline int64_t pyrt_beyond(double front) { return front < 0.0 ? (int64_t)round(-front) : 0; }

#endif

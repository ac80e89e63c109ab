/* A strategy with an average of prices and of closes of a second's bars: signals at each bar, orders all the time. */
#include <stdint.h>

typedef struct { double average, slow; int64_t trades, bars, timers, warm; } memory;
#define STATE memory
#include "../../support/strategy.h"

static uint32_t on_trade(context *c, const trade *t) {
    memory *m = c->state;
    m->average += 0.1 * (t->price - m->average);
    if (m->trades++ == 0) ask(c, 10, 0)->expiry = c->now + 250000000;
    if (c->flags & 1) { m->warm++; request *r = ask(c, 1, 1); r->qty = 0.001; r->order_id = 1 + m->warm; }
    return 0;
}

static uint32_t on_bar(context *c, const bar *b) {
    memory *m = c->state;
    m->slow += 0.05 * (b->close * b->volume + b->high - b->low + b->open - m->slow);
    request *r = ask(c, 9, 0);
    r->value = ++m->bars % 2 ? 1.0 : -1.0;
    r->confidence = 1e-6 * (m->slow + m->average);
    return 0;
}

static uint32_t on_timer(context *c, const trade *e) {
    (void)e;
    c->state->timers++;
    ask(c, 10, 0)->expiry = c->now + 250000000;
    return 0;
}

static const char description[] =
    "{\"name\": \"Average\", \"pyrt\": \"0\", \"source_hash\": \"\", \"parameters\": [], \"instruments\": [], "
    "\"bars\": [\"1s\"], \"history\": 8, \"depth\": 0, \"handlers\": [\"on_bar\", \"on_trade\", \"on_timer\"], "
    "\"state_bytes\": 48, \"arena_bytes\": 0, \"sites\": [[0, \"\", \"\"]]}";
static const memory image = {0};
static const int64_t params[1] = {0};

STRATEGY(0, (void *)on_bar, (void *)on_trade, 0, 0, 0, 0, (void *)on_timer);

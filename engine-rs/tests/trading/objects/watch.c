/* A strategy with bars of a second: sets a timer at every trade, and says with a signal that a bar or a timer came. */
#define STATE int64_t
#include "../../support/strategy.h"

static uint32_t on_trade(context *c, const trade *t) {
    (void)t;
    ask(c, 10, 0)->expiry = c->now + 1500000000;
    return 0;
}

static uint32_t on_bar(context *c, const bar *b) {
    request *r = ask(c, 9, 0);
    r->value = 1.0;
    r->confidence = (double)((b->event_time / 1000000000) % 60);
    return 0;
}

static uint32_t on_timer(context *c, const trade *e) { (void)e; ask(c, 9, 0)->value = -1.0; return 0; }

static const char description[] =
    "{\"name\": \"Watch\", \"pyrt\": \"0\", \"source_hash\": \"\", \"parameters\": [], \"instruments\": [], "
    "\"bars\": [\"1s\"], \"history\": 0, \"depth\": 0, \"handlers\": [\"on_bar\", \"on_trade\", \"on_timer\"], "
    "\"state_bytes\": 8, \"arena_bytes\": 0, \"sites\": [[0, \"\", \"\"]]}";
static const int64_t image[1] = {0};
static const int64_t params[1] = {0};

STRATEGY(0, (void *)on_bar, (void *)on_trade, 0, 0, 0, 0, (void *)on_timer);

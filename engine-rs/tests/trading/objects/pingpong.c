/* Buys and sells in turn, one market order every so many quotes, and leaves one limit order resting far below. */
#define STATE int64_t
#include "../../support/strategy.h"

static request *order(context *c, uint8_t action, uint8_t side) {
    request *r = ask(c, action, side);
    r->qty = 0.001;
    return r;
}

static uint32_t on_quote(context *c, const quote *q) {
    int64_t count = ++c->state[0];
    if (count == 10) order(c, 2, 1)->price = q->bid * 0.5;
    if (count % (int64_t)c->params[0] == 0 && c->order_count <= 1) order(c, 1, c->slots[c->slot].position > 0.0 ? 2 : 1);
    return 0;
}

static const char description[] =
    "{\"name\": \"PingPong\", \"pyrt\": \"0\", \"source_hash\": \"\", \"parameters\": [{\"name\": \"every\", \"type\": \"int\", \"kind\": \"live\"}], \"instruments\": [], "
    "\"bars\": [], \"history\": 0, \"depth\": 0, \"handlers\": [\"on_quote\"], \"state_bytes\": 8, \"arena_bytes\": 0, "
    "\"sites\": [[0, \"\", \"\"]]}";
static const int64_t image[1] = {0}, params[1] = {20};

STRATEGY(1, 0, 0, (void *)on_quote);

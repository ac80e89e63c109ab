/* A strategy written by hand from proto/STRATEGY_ABI.md. It buys when a trade is below its parameter
 * and misbehaves on demand, by the quantity of the trade. */
#define STATE double
#include "../support/strategy.h"

static uint32_t on_trade(context *c, const trade *t) {
    double limit = *(const double *)&c->params[0];
    int kind = (int)t->qty;
    c->state[0] += 1.0;
    if (kind == 1) { c->error = 6; c->error_site = 1; return 6; }        /* a raise at line 12 */
    if (kind == 6) return 77;                                            /* a status that nobody knows */
    if (t->price >= limit) return 0;
    request *r = ask(c, 1, 1);
    r->qty = c->state[0];
    if (kind == 2) r->qty = 0.0 / 0.0;
    if (kind == 3) r->slot = 9;
    if (kind == 4) c->request_count = c->request_capacity + 1;
    if (kind == 5) r->action = 99;
    return 0;
}

static const char description[] =
    "{\"name\": \"Oracle\", \"pyrt\": \"0\", \"source_hash\": \"\", \"parameters\": [{\"name\": \"limit\", "
    "\"type\": \"float\", \"kind\": \"live\"}], \"instruments\": [], \"bars\": [], \"history\": 0, \"depth\": 0, "
    "\"handlers\": [\"on_trade\"], \"state_bytes\": 8, \"arena_bytes\": 0, "
    "\"sites\": [[0, \"\", \"\"], [12, \"Oracle.on_trade\", \"ValueError: on demand\"]]}";
static const double image[] = {0.0};
static const double params[] = {10.0};

STRATEGY(1, 0, (void *)on_trade);

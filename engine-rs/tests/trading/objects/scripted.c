/* A strategy that does what trades tell it: the whole part of a trade's quantity is the command, and it obeys trades
 * whose id has its bit. Its state counts the calls of each handler. */
#define STATE int64_t
#include "../../support/strategy.h"

enum { BUY = 1, SELL, BUY_LIMIT, SELL_LIMIT, CANCEL_ALL, RAISE, NOT_A_NUMBER, SIGNAL, TIMER, OFF_GRID, AGAIN,
       EXITS, STOP, STOP_LIMIT, ICEBERG, TRAIL, LESS, DAY, REPRICE, RETRIGGER, MORE };

static request *order(context *c, uint8_t action, uint8_t side) {
    request *r = ask(c, action, side);
    r->qty = *(const double *)&c->params[0];
    return r;
}

/* An exit that waits for an order, in a group with that order's number: reduce only, OCO. */
static void exit_of(context *c, int64_t entry, double price) {
    request *r = order(c, 2, 2);
    r->price = price;
    r->parent = r->group = entry;
    r->flags = 2 | 4;
}

static uint32_t on_trade(context *c, const trade *t) {
    if (!(t->trade_id & c->params[1])) return 0;
    c->state[0]++;
    c->state[4] = (int64_t)t->qty;
    switch ((int)t->qty) {
    case BUY: order(c, 1, 1); break;
    case SELL: case AGAIN: order(c, 1, 2); break;
    case BUY_LIMIT: order(c, 2, 1)->price = t->price; break;
    case SELL_LIMIT: order(c, 2, 2)->price = t->price; break;
    case OFF_GRID: order(c, 2, 1)->price = t->price + 0.004; break;
    case CANCEL_ALL: ask(c, 7, 0); break;
    case RAISE: c->error = 6; c->error_site = 1; return 6;
    case NOT_A_NUMBER: order(c, 1, 1)->qty = 0.0 / 0.0; break;
    case SIGNAL: { request *r = ask(c, 9, 0); r->value = 0.5; r->confidence = 1.0; break; }
    case EXITS: {
        request *r = order(c, 2, 1);
        int64_t entry = r->order_id;
        r->price = t->price;
        exit_of(c, entry, t->price + 100.0);
        exit_of(c, entry, t->price + 200.0);
        break;
    }
    case STOP: order(c, 3, 1)->trigger = t->price; break;
    case STOP_LIMIT: { request *r = order(c, 4, 2); r->trigger = t->price; r->price = t->price - 50.004; break; }
    case ICEBERG: { request *r = order(c, 2, 1); r->price = t->price; r->display = 0.002; break; }
    case TRAIL: order(c, 5, 2)->trail = 10.0; break;
    case LESS: { request *r = ask(c, 8, 0); r->order_id = c->next_order_id - 1; r->qty = 0.005; break; }
    case REPRICE: { request *r = ask(c, 8, 0); r->order_id = c->next_order_id - 1; r->price = t->price; break; }
    case RETRIGGER: { request *r = ask(c, 8, 0); r->order_id = c->next_order_id - 1; r->trigger = t->price; break; }
    case MORE: { request *r = ask(c, 8, 0); r->order_id = c->next_order_id - 1; r->qty = 0.02; break; }
    case DAY: { request *r = order(c, 2, 1); r->price = t->price; r->tif = 4; break; }
    case TIMER: ask(c, 10, 0)->expiry = c->now + 1000000000; break;
    }
    return 0;
}

/* Who is refused while AGAIN is in force asks again: without an end, if the host lets it. */
static uint32_t on_order(context *c, const trade *e) {
    c->state[1]++;
    if (c->state[4] == AGAIN && (e->flags >> 12) == 5) order(c, 1, 2);
    return 0;
}
static uint32_t on_fill(context *c, const trade *e) { (void)e; c->state[2]++; return 0; }
static uint32_t on_timer(context *c, const trade *e) { (void)e; c->state[3]++; order(c, 1, 1); return 0; }

static const char description[] =
    "{\"name\": \"Scripted\", \"pyrt\": \"0\", \"source_hash\": \"\", \"parameters\": [{\"name\": \"qty\", \"type\": "
    "\"float\", \"kind\": \"live\"}, {\"name\": \"bit\", \"type\": \"int\", \"kind\": \"live\"}, {\"name\": \"shape\", "
    "\"type\": \"int\", \"kind\": \"structural\"}], \"instruments\": [], \"bars\": [], \"history\": 0, \"depth\": 0, "
    "\"handlers\": [\"on_trade\", \"on_order\", \"on_fill\", \"on_timer\"], \"state_bytes\": 40, \"arena_bytes\": 0, "
    "\"sites\": [[0, \"\", \"\"], [12, \"Scripted.on_trade\", \"ValueError: on demand\"]]}";
static const int64_t image[5] = {0};
static const struct { double qty; int64_t bit, shape; } params = {0.01, 1, 3};

STRATEGY(3, 0, (void *)on_trade, 0, 0, (void *)on_order, (void *)on_fill, (void *)on_timer);

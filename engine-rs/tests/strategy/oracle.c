/* A strategy written by hand from proto/STRATEGY_ABI.md: the specification's other reader. It buys when a trade is below
 * its parameter and misbehaves on demand, by the quantity of the trade. ABI_MAJOR and ABI_HASH come from the test. */
#include <stdint.h>

typedef struct { uint64_t stamp; int64_t event_time; uint32_t instrument; uint8_t kind, side; uint16_t flags;
                 int64_t receive_time; double price, qty; uint64_t trade_id, unused; } trade;
typedef struct { uint32_t size; uint8_t action, side, tif, sizing; uint32_t slot, flags; int64_t order_id, tag;
                 double qty, price, trigger; int64_t expiry; double display; int64_t group, parent;
                 double trail, value, confidence; uint64_t reserved[2]; } request;
typedef struct { uint32_t instrument, state; double position; char rest[240]; } slot;
typedef struct { uint32_t size, abi; int64_t now; double *state; const uint64_t *params; slot *slots;
                 uint32_t slot_count, slot; request *requests; uint32_t request_capacity, request_count;
                 void *orders; uint32_t order_count, error, error_site, flags; int64_t next_order_id;
                 double cash, equity; void *out; uint32_t out_capacity, out_count; uint64_t reserved[16]; } context;

static uint32_t on_trade(context *c, const trade *t) {
    double limit = *(const double *)&c->params[0];
    int kind = (int)t->qty;
    c->state[0] += 1.0;
    if (kind == 1) { c->error = 6; c->error_site = 1; return 6; }        /* a raise at line 12 */
    if (kind == 6) return 77;                                            /* a status that nobody knows */
    if (t->price >= limit) return 0;
    request *r = &c->requests[c->request_count++];
    *r = (request){ .size = 128, .action = 1, .side = 1, .slot = c->slot, .qty = c->state[0] };
    r->order_id = c->next_order_id++;
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

const struct {
    char magic[8]; uint16_t major, minor; uint32_t bytes; uint64_t hash; const char *description; uint64_t length;
    const void *image; uint64_t state_bytes, arena_bytes; const void *params; uint64_t param_count;
    void *handlers[10]; uint64_t reserved[4];
} pyrt_strategy = {
    {'P', 'Y', 'R', 'T', 'S', 'T', 'R', 'A'}, ABI_MAJOR, 0, 192, ABI_HASH, description, sizeof description - 1,
    image, sizeof image, 0, params, 1, {0, (void *)on_trade},
};

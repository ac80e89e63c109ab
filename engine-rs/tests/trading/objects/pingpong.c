/* Buys and sells in turn, one market order every so many quotes, and leaves one limit order resting far below. */
#include <stdint.h>

typedef struct { uint64_t stamp; int64_t event_time; uint32_t instrument; uint8_t kind, side; uint16_t flags;
                 int64_t receive_time; double bid, ask, bid_qty, ask_qty; } quote;
typedef struct { uint32_t size; uint8_t action, side, tif, sizing; uint32_t slot, flags; int64_t order_id, tag;
                 double qty, price, trigger; int64_t expiry; double display; int64_t group, parent;
                 double trail, value, confidence; uint64_t reserved[2]; } request;
typedef struct { uint32_t instrument, state; double position; char rest[240]; } slot;
typedef struct { uint32_t size, abi; int64_t now; int64_t *state; const uint64_t *params; slot *slots;
                 uint32_t slot_count, slot; request *requests; uint32_t request_capacity, request_count;
                 void *orders; uint32_t order_count, error, error_site, flags; int64_t next_order_id;
                 double cash, equity; void *out; uint32_t out_capacity, out_count; uint64_t reserved[16]; } context;

static request *order(context *c, uint8_t action, uint8_t side) {
    request *r = &c->requests[c->request_count++];
    *r = (request){ .size = 128, .action = action, .side = side, .slot = c->slot, .qty = 0.001 };
    r->order_id = c->next_order_id++;
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

const struct {
    char magic[8]; uint16_t major, minor; uint32_t bytes; uint64_t hash; const char *description; uint64_t length;
    const void *image; uint64_t state_bytes, arena_bytes; const void *params; uint64_t param_count;
    void *handlers[10]; uint64_t reserved[4];
} pyrt_strategy = {
    {'P', 'Y', 'R', 'T', 'S', 'T', 'R', 'A'}, ABI_MAJOR, 0, 192, ABI_HASH, description, sizeof description - 1,
    image, sizeof image, 0, params, 1, {0, 0, (void *)on_quote},
};

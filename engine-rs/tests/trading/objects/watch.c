/* A strategy with bars of a second: sets a timer at every trade, and says with a signal that a bar or a timer came. */
#include <stdint.h>

typedef struct { uint64_t stamp; int64_t event_time; uint32_t instrument; uint8_t kind, side; uint16_t flags;
                 int64_t receive_time; double price, qty; uint64_t trade_id, unused; } event;
typedef struct { uint32_t size; uint8_t action, side, tif, sizing; uint32_t slot, flags; int64_t order_id, tag;
                 double qty, price, trigger; int64_t expiry; double display; int64_t group, parent;
                 double trail, value, confidence; uint64_t reserved[2]; } request;
typedef struct { uint32_t size, abi; int64_t now; int64_t *state; const uint64_t *params; void *slots;
                 uint32_t slot_count, slot; request *requests; uint32_t request_capacity, request_count;
                 void *orders; uint32_t order_count, error, error_site, flags; int64_t next_order_id;
                 double cash, equity; void *out; uint32_t out_capacity, out_count; uint64_t reserved[16]; } context;

static request *ask(context *c, uint8_t action) {
    request *r = &c->requests[c->request_count++];
    *r = (request){ .size = 128, .action = action, .slot = c->slot };
    return r;
}

static uint32_t on_trade(context *c, const event *t) {
    (void)t;
    ask(c, 10)->expiry = c->now + 1500000000;
    return 0;
}

static uint32_t on_bar(context *c, const event *b) {
    request *r = ask(c, 9);
    r->value = 1.0;
    r->confidence = (double)((b->event_time / 1000000000) % 60);
    return 0;
}

static uint32_t on_timer(context *c, const event *e) { (void)e; ask(c, 9)->value = -1.0; return 0; }

static const char description[] =
    "{\"name\": \"Watch\", \"pyrt\": \"0\", \"source_hash\": \"\", \"parameters\": [], \"instruments\": [], "
    "\"bars\": [\"1s\"], \"history\": 0, \"depth\": 0, \"handlers\": [\"on_bar\", \"on_trade\", \"on_timer\"], "
    "\"state_bytes\": 8, \"arena_bytes\": 0, \"sites\": [[0, \"\", \"\"]]}";
static const int64_t image[1] = {0};
static const int64_t params[1] = {0};

const struct {
    char magic[8]; uint16_t major, minor; uint32_t bytes; uint64_t hash; const char *description; uint64_t length;
    const void *image; uint64_t state_bytes, arena_bytes; const void *params; uint64_t param_count;
    void *handlers[10]; uint64_t reserved[4];
} pyrt_strategy = {
    {'P', 'Y', 'R', 'T', 'S', 'T', 'R', 'A'}, ABI_MAJOR, 0, 192, ABI_HASH, description, sizeof description - 1,
    image, sizeof image, 0, &params, 0,
    {(void *)on_bar, (void *)on_trade, 0, 0, 0, 0, (void *)on_timer},
};

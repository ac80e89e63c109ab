/* The strategy ABI as proto/STRATEGY_ABI.md has it, by hand: the specification's other reader. A file that includes this
 * says first what its state is (STATE). ABI_MAJOR and ABI_HASH come from the test that compiles it. */
#include <stdint.h>

#define HEAD uint64_t stamp; int64_t event_time; uint32_t instrument; uint8_t kind, side; uint16_t flags
typedef struct { HEAD; int64_t receive_time; double price, qty; uint64_t trade_id, unused; } trade;
typedef struct { HEAD; double open, high, low, close, volume; } bar;
typedef struct { HEAD; int64_t receive_time; double bid, ask, bid_qty, ask_qty; } quote;

typedef struct { uint32_t size; uint8_t action, side, tif, sizing; uint32_t slot, flags; int64_t order_id, tag;
                 double qty, price, trigger; int64_t expiry; double display; int64_t group, parent;
                 double trail, value, confidence; uint64_t reserved[2]; } request;
typedef struct { uint32_t instrument, state; double position; char rest[240]; } slot;
typedef struct { uint32_t size, abi; int64_t now; STATE *state; const uint64_t *params; slot *slots;
                 uint32_t slot_count, slot; request *requests; uint32_t request_capacity, request_count;
                 void *orders; uint32_t order_count, error, error_site, flags; int64_t next_order_id;
                 double cash, equity; void *out; uint32_t out_capacity, out_count; uint64_t reserved[16]; } context;

/* The next request, of an action for a side; one that enters an order has its number. */
static inline request *ask(context *c, uint8_t action, uint8_t side)
{
    request *r = &c->requests[c->request_count++];
    *r = (request){ .size = 128, .action = action, .side = side, .slot = c->slot };
    if (action <= 5) r->order_id = c->next_order_id++;
    return r;
}

/* The descriptor, of `description`, `image` and `params`; the rest are the handlers in their order. */
#define STRATEGY(PARAM_COUNT, ...)                                                                                    \
    const struct {                                                                                                    \
        char magic[8]; uint16_t major, minor; uint32_t bytes; uint64_t hash; const char *description; uint64_t length; \
        const void *image; uint64_t state_bytes, arena_bytes; const void *params; uint64_t param_count;               \
        void *handlers[10]; uint64_t reserved[4];                                                                     \
    } pyrt_strategy = {                                                                                               \
        {'P', 'Y', 'R', 'T', 'S', 'T', 'R', 'A'}, ABI_MAJOR, 0, 192, ABI_HASH, description, sizeof description - 1,   \
        &image, sizeof image, 0, &params, PARAM_COUNT, {__VA_ARGS__},                                                 \
    }

"""The strategy ABI for Cython hosts: ``proto/STRATEGY_ABI.md`` is the specification."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    STATUS_OK = 0

    MARKET = 1           # actions of requests
    LIMIT = 2
    STOP = 3
    STOP_LIMIT = 4
    TRAILING_STOP = 5
    CANCEL = 6
    CANCEL_ALL = 7
    MODIFY = 8
    SIGNAL = 9
    TIMER = 10

    SIZE_QUANTITY = 0    # what a request's qty means
    SIZE_NOTIONAL = 1
    SIZE_FRACTION = 2
    SIZE_TARGET = 3

    POST_ONLY = 1        # flags of requests
    REDUCE_ONLY = 2
    OCO = 4

    WARMING_UP = 1       # flags of the context

    ON_BAR = 0           # places in the table of handlers
    ON_TRADE = 1
    ON_QUOTE = 2
    ON_BOOK = 3
    ON_ORDER = 4
    ON_FILL = 5
    ON_TIMER = 6
    ON_SIGNAL = 7
    TABLE_SIZE = 12

cdef struct Event:       # proto/SHM_LAYOUT.md; words by kind
    uint64_t stamp
    int64_t event_time
    uint32_t instrument
    uint8_t kind
    uint8_t side
    uint16_t flags
    int64_t words[5]

cdef struct Level:
    double price
    double qty

cdef struct Series:      # bars of one instrument and period; the newest is bars[(count - 1) & (capacity - 1)]
    Event* bars
    uint32_t capacity    # a power of two
    uint32_t limit       # how many of them the strategy may see
    int64_t count        # since the start
    int64_t period       # ns

cdef struct Slot:        # one instrument of the strategy
    uint32_t instrument
    uint32_t state
    double position
    double avg_price
    double realized_pnl
    double unrealized_pnl
    double bid
    double ask
    double bid_qty
    double ask_qty
    double last_price
    double last_qty
    double working_buy
    double working_sell
    double tick
    double lot
    double multiplier
    double min_qty
    double min_notional
    Level* bids
    Level* asks
    uint32_t bid_count
    uint32_t ask_count
    Series* series
    uint32_t series_count
    uint32_t pad
    int64_t event_time
    uint64_t reserved[8]

cdef struct OrderView:   # an own live order
    int64_t order_id
    uint32_t slot
    uint8_t action
    uint8_t side
    uint8_t tif
    uint8_t status
    double qty
    double filled_qty
    double price
    double trigger
    int64_t tag
    int64_t time

cdef struct Request:
    uint32_t size
    uint8_t action
    uint8_t side
    uint8_t tif
    uint8_t sizing
    uint32_t slot
    uint32_t flags
    int64_t order_id
    int64_t tag
    double qty
    double price
    double trigger
    int64_t expiry
    double display
    int64_t group
    int64_t parent
    double trail
    double value
    double confidence
    uint64_t reserved[2]

cdef struct Context:
    uint32_t size
    uint32_t abi
    int64_t now
    void* state
    const uint64_t* params
    Slot* slots
    uint32_t slot_count
    uint32_t slot
    Request* requests
    uint32_t request_capacity
    uint32_t request_count
    OrderView* orders
    uint32_t order_count
    uint32_t error
    uint32_t error_site
    uint32_t flags
    int64_t next_order_id
    double cash
    double equity
    double* out
    uint32_t out_capacity
    uint32_t out_count
    uint64_t reserved[16]

ctypedef uint32_t (*Handler)(Context* context, const Event* event) noexcept nogil

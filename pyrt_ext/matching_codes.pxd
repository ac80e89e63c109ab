"""Codes of records, commands and answers: ``proto/SHM_LAYOUT.md`` and ``proto/MATCHING.md``."""

cdef enum:  # pyrt.types: Kind, Side, Flag, State
    TRADE = 1
    QUOTE = 2
    DELTA = 3
    ORDER = 4
    BAR = 5
    ORDER_UPDATE = 7
    FILL = 8
    STATE = 9
    BUY = 1
    SELL = 2
    LAST = 0x100
    SNAPSHOT = 0x200
    MAKER = 0x400
    SYNCED = 1

cdef enum:  # of commands
    NEW_ORDER = 1
    CANCEL = 2
    MODIFY = 3
    MARKET_ORDER = 1
    LIMIT_ORDER = 2
    STOP_ORDER = 3
    STOP_LIMIT_ORDER = 4
    TRAILING_STOP_ORDER = 5
    GTC = 1
    IOC = 2
    FOK = 3
    GTD = 4
    DAY = 5
    POST_ONLY = 1
    NO_MARGIN_MARK = 2   # the account refuses it: the venue says so when it arrives
    LIQUIDATED_MARK = 4
    SPLIT_MARK = 8       # of a cancel too: why the order is canceled
    KNOWN_FLAGS = 15

cdef enum:  # statuses
    NEW = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELED = 4
    REJECTED = 5
    EXPIRED = 6

cdef enum:  # reasons
    NONE = 0
    BAD_QUANTITY = 1
    BAD_PRICE = 2
    DUPLICATE_ID = 3
    NO_BOOK = 4
    WOULD_CROSS = 5
    NOT_ENOUGH = 6
    IOC_REST = 7
    NO_LIQUIDITY = 8
    TOO_LATE = 9
    UNKNOWN_ORDER = 10
    TRIGGERED = 12
    BAD_TRIGGER = 13
    MODIFIED = 14
    BAD_EXPIRY = 15
    TIME_UP = 16
    NO_MARGIN = 20
    LIQUIDATED = 21
    SPLIT = 22

cdef enum:  # faults
    FAULT_OFF_GRID = 1
    FAULT_TOO_LARGE = 2
    FAULT_NEGATIVE = 3
    FAULT_SIDE = 4
    FAULT_INSTRUMENT = 5
    FAULT_CODE = 6
    FAULT_UNSORTED = 7
    FAULT_TIME = 8
    FAULT_MONEY = 9
    FAULT_MEMORY = 10
    FAULT_COSTS = 11
    FAULT_ORDER_UNKNOWN = 12
    FAULT_ORDER_KNOWN = 13
    FAULT_ORDER_TOO_MUCH = 14
    FAULT_ORDER_SIZE = 15
    FAULT_ORDER_ACTION = 16

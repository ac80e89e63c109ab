"""A ledger in 128-bit money: ``matching_ledger.pxd`` is its contract."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from .matching_numbers cimport Contract, add_money, i128, notional_of, part_of_cost, set_contract, sub_money
from .rows cimport with_room

cdef enum:
    BUY = 1
    SELL = 2

cdef dict NOTHING = {"lots": 0, "cost": 0, "realized": 0, "fees": 0}


cdef int apply(
    Holding* holding, const Contract* of, int sign, int64_t ticks, int64_t lots, i128 fee, i128* cash
) noexcept nogil:
    """Take a fill into a position and into `cash`; 1 if the money does not fit."""
    cdef int64_t size = holding.lots if holding.lots > 0 else -holding.lots
    cdef int64_t closed = min(lots, size) if holding.lots * sign < 0 else 0
    cdef i128 closing, opening, part = 0
    if notional_of(of, ticks, sign * closed, &closing) or notional_of(of, ticks, sign * (lots - closed), &opening):
        return 1
    if closed:
        part = part_of_cost(holding.cost, closed, size)
    holding.lots += sign * lots
    holding.cost -= part
    return (
        add_money(&holding.cost, opening)
        or sub_money(&holding.realized, closing)
        or sub_money(&holding.realized, part)
        or add_money(&holding.fees, fee)
        or sub_money(cash, closing)
        or sub_money(cash, opening)
        or sub_money(cash, fee)
    )


cdef class Ledger:
    """An account without positions.

    Parameters
    ----------
    cash : int
        Money at the start, in 10^-18 of the quote currency.
    grids : sequence of tuple of int
        Of each instrument, as the matcher takes them.
    """

    def __cinit__(self, cash, grids):
        self.cash = checked(cash, "cash")
        self.contract_count = len(grids)
        self.contracts = <Contract*>calloc(max(1, self.contract_count), sizeof(Contract))
        if self.contracts == NULL:
            raise MemoryError
        for row, grid in enumerate(grids):
            set_contract(&self.contracts[<Py_ssize_t>row], row, grid)

    def __dealloc__(self):
        free(self.contracts)
        free(self.rows)

    cdef Holding* find(self, int strategy, int64_t instrument) noexcept nogil:
        cdef Py_ssize_t i
        for i in range(self.row_count):
            if self.rows[i].strategy == strategy and self.rows[i].instrument == instrument:
                return &self.rows[i].holding
        return NULL

    cdef int book(
        self, int strategy, int64_t instrument, int side, int64_t ticks, int64_t lots, i128 fee
    ) noexcept nogil:
        cdef Holding* holding
        cdef Holding after
        cdef Row* rows = self.rows
        cdef i128 cash = self.cash, realized = self.realized, fees = self.fees
        if instrument < 0 or instrument >= self.contract_count or lots < 0:
            return -1
        holding = self.find(strategy, instrument)
        if holding != NULL:
            after = holding[0]
        else:
            memset(&after, 0, sizeof(Holding))
        if apply(&after, &self.contracts[instrument], 1 if side == BUY else -1, ticks, lots, fee, &cash):
            return -1
        if add_money(&realized, after.realized) or add_money(&fees, fee):
            return -1
        if holding == NULL:
            rows = <Row*>with_room(rows, self.row_count, &self.room, sizeof(Row))
            if rows == NULL:
                return -1
            self.rows = rows
            rows[self.row_count].strategy = strategy
            rows[self.row_count].instrument = <int32_t>instrument
            holding = &rows[self.row_count].holding
            self.row_count += 1
        else:
            realized -= holding.realized
        holding[0] = after
        self.cash, self.realized, self.fees = cash, realized, fees
        return 0

    def fill(self, int strategy, int64_t instrument, int side, int64_t ticks, int64_t lots, fee):
        """Book one fill: ticks, lots, and the fee in 10^-18 of the quote currency."""
        if side != BUY and side != SELL:
            raise ValueError(f"side: must be 1 (buy) or 2 (sell), got {side}")
        if not 0 <= instrument < self.contract_count:
            raise ValueError(f"instrument: {instrument} is not in the table of {self.contract_count}")
        if lots <= 0:
            raise ValueError(f"lots: must be above zero, got {lots}")
        if self.book(strategy, instrument, side, ticks, lots, checked(fee, "fee")) < 0:
            raise ValueError(f"the money of {lots} lots at {ticks} ticks does not fit into 128 bits")

    def begin(self, int strategy, int64_t instrument, int64_t lots, cost, realized, fees):
        """Set what a position is at the start, as an earlier session left it."""
        cdef Holding* holding
        if self.book(strategy, instrument, BUY, 0, 0, 0) < 0:  # makes the row
            raise ValueError(f"instrument: {instrument} is not in the table of {self.contract_count}")
        holding = self.find(strategy, instrument)
        holding.lots, holding.cost = lots, checked(cost, "cost")
        holding.realized, holding.fees = checked(realized, "realized"), checked(fees, "fees")

    def begin_with(self, cash):
        """Set the cash at the start, as an earlier session left it."""
        self.cash = checked(cash, "cash")

    @property
    def account(self):
        """Cash, realized P&L before fees, and fees paid, in 10^-18 of the quote currency."""
        return {"cash": self.cash, "realized": self.realized, "fees": self.fees}

    def position(self, int strategy, int64_t instrument):
        """Lots (signed), cost, realized P&L before fees and fees of one position; zeros if it was never traded."""
        cdef Holding* holding = self.find(strategy, instrument)
        if holding == NULL:
            return dict(NOTHING)
        return {
            "lots": holding.lots, "cost": holding.cost, "realized": holding.realized, "fees": holding.fees
        }

    def positions(self):
        """(strategy, instrument) of every position that ever was, sorted."""
        return sorted((self.rows[i].strategy, self.rows[i].instrument) for i in range(self.row_count))

    def unrealized(self, int strategy, int64_t instrument, int64_t mark):
        """What a position would realize at a mark in ticks, before fees."""
        cdef Holding* holding = self.find(strategy, instrument)
        cdef i128 worth
        if not 0 <= instrument < self.contract_count:
            raise ValueError(f"instrument: {instrument} is not in the table of {self.contract_count}")
        if holding == NULL:
            return 0
        if notional_of(&self.contracts[instrument], mark, holding.lots, &worth) or sub_money(&worth, holding.cost):
            raise ValueError(f"the money of {holding.lots} lots at {mark} ticks does not fit into 128 bits")
        return worth


cdef i128 checked(money, name) except? -1:
    """Refuse what is no money before it wraps around."""
    if not -(2**127) <= int(money) < 2**127:
        raise ValueError(f"{name}: {money} does not fit into 128 bits")
    return money

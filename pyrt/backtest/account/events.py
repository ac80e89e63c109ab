"""An account on events: what it is, in the integers that both hosts calculate with (``proto/ACCOUNT.md``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ...data import Actions
from ...errors import InputError
from ...types import Instrument, InstrumentKind
from ..matching import Simulation
from .rates import Rates
from .terms import Account

__all__ = ["EVENT_PAID", "RAW_PAID", "EventTerms", "account_words", "contracts_of", "event_terms", "public_paid"]

Integers = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]
Series: TypeAlias = "tuple[Integers, Integers]"
"""Times, ns UTC, and values that hold from then on."""

RATE_PLACES, PART_PLACES = 12, 8
"""Decimal places of rates of funding, of a year and of dividends; of leverage, margin and the fee of a liquidation."""
EXACT = 2**53
ALWAYS = -(2**63)
FUNDING, DIVIDEND = 2, 3
KINDS = np.array(["interest", "borrow", "funding", "dividend", "liquidation", "split"])
MOST_OF_SPLIT = 10**6
"""Both numbers of a split are at most that."""
UNKNOWN_FEED = 10**9
"""ns: what a recorded feed's latency is taken for, which is another for each record."""
WIDEST_DRAW = 9
"""Deviations; no draw of a normal delay is further from its mean (``proto/MATCHING.md``, Normal delays)."""

RAW_PAID = np.dtype([("time", "<i8"), ("instrument", "<u4"), ("kind", "<u4"), ("low", "<u8"), ("high", "<i8")])
"""A payment as both hosts write it: the amount is 128 bits wide, in 10^-18."""
POINT = np.dtype([("time", "<i8"), ("_rest", "<i8"), ("low", "<u8"), ("high", "<i8")])
"""``pyrt_ext/accounts/margin.pxd``, Point."""
EVENT_PAID = np.dtype([("time", "<M8[ns]"), ("instrument", "<u4"), ("kind", "<U11"), ("amount", "<f8")])
"""What was paid (below zero) or got beside fills: when (UTC), for which instrument (interest is of the account, and
carries the first), as "interest", "borrow", "funding", "dividend", "liquidation" or "split" (what the fraction of a lot
that a split left over fetched, less what it had cost), and how much."""


class Converted(NamedTuple):
    """Where the worth of a currency comes from: a series of `places` decimal places, or an instrument's price."""

    row: int
    inverse: bool
    places: int
    series: Series | None


class Split(NamedTuple):
    """From a time on `new` lots of an instrument (a row of the table) stand for `old` ones."""

    time: int
    row: int
    new: int
    old: int


@dataclass(frozen=True, eq=False, slots=True)
class EventTerms:
    """An account's terms; instruments are rows of the table.

    Attributes
    ----------
    leverage, maintenance, liquidation_fee : int
        10^-8; a maintenance below zero: nobody is liquidated.
    interest : (times, rates) or None
        10^-12 a year.
    borrow, funding, dividends : mapping of int to (times, values)
        10^-12: a year, of the value at that time, of money a unit.
    conversion : mapping of int to Converted
        By the instrument whose currency is converted.
    splits : tuple of Split
        By time.
    """

    leverage: int
    maintenance: int
    liquidation_fee: int
    interest: Series | None
    borrow: Mapping[int, Series]
    funding: Mapping[int, Series]
    dividends: Mapping[int, Series]
    conversion: Mapping[int, Converted]
    splits: tuple[Split, ...] = ()

    def kernel(self, rows: Sequence[int], how: Simulation, course: tuple[int, int, int]) -> dict[str, Any]:
        """Return what :class:`~pyrt_ext.accounts.margin.MarginAccount` is told of the instruments of some slots."""
        conversions: list[tuple[Any, ...]] = []
        conversion_of = []
        for row in rows:
            given = self.conversion.get(row)
            conversion_of.append(-1 if given is None else len(conversions))
            if given is not None:
                time, value = given.series or (None, None)
                conversions.append((given.row, given.inverse, 10**given.places, time, value))
        dues = []
        for kind, table in ((FUNDING, self.funding), (DIVIDEND, self.dividends)):
            for slot, row in enumerate(rows):
                if row in table:
                    times, values = table[row]
                    split = {split.time for split in self.splits if split.row == row and kind == DIVIDEND}
                    # A dividend of a split's time is of the units before it.
                    dues += [
                        (t - (t in split), slot, kind, v) for t, v in zip(times.tolist(), values.tolist(), strict=True)
                    ]
        dues.sort(key=lambda due: due[0])  # stable: of one time funding comes first, then slot by slot
        return {
            "leverage": self.leverage,
            "maintenance": self.maintenance,
            "liquidation_fee": self.liquidation_fee,
            "taker_fee": how.taker_fee,
            "interest": self.interest,
            "borrow": [self.borrow.get(row) for row in rows],
            "conversions": conversions,
            "conversion_of": conversion_of,
            "dues": np.array(dues, np.int64).reshape(-1, 4),
            "moments": self._moments(rows, halt_of(how)),
            "course": course,
        }

    def _moments(self, rows: Sequence[int], halt: int) -> Integers:
        """Return (time, slot, new, old) by time: of each split when trading halts, with zeros, and when it happens."""
        slots = {row: slot for slot, row in enumerate(rows)}
        mine = [(split, slots[split.row]) for split in self.splits if split.row in slots]
        moments = [(split.time - 1 - halt, slot, 0, 0) for split, slot in mine]
        moments += [(split.time - 1, slot, split.new, split.old) for split, slot in mine]
        return np.array(sorted(moments), np.int64).reshape(-1, 4)

    def to_toml(self, instruments: Sequence[Instrument]) -> str:
        """Write the ``[account]`` table of ``pyrt-engine replay --account``."""
        lines = ["[account]", f"leverage = {self.leverage}", f"liquidation_fee = {self.liquidation_fee}"]
        if self.maintenance >= 0:
            lines.append(f"maintenance = {self.maintenance}")
        if self.interest is not None:
            lines.append(f"interest = {_pairs(self.interest)}")
        for name in ("borrow", "funding", "dividends"):
            table: Mapping[int, Series] = getattr(self, name)
            if table:
                lines.append(f"\n[account.{name}]")
                lines += [f'"{instruments[row].name}" = {_pairs(series)}' for row, series in table.items()]
        if self.splits:
            lines.append("\n[account.splits]")
        for row in sorted({split.row for split in self.splits}):
            of_row = ", ".join(f"[{time}, {new}, {old}]" for time, of, new, old in self.splits if of == row)
            lines.append(f'"{instruments[row].name}" = [{of_row}]')
        for row, given in self.conversion.items():
            lines.append(f'\n[account.conversion."{instruments[row].name}"]')
            if given.series is None:
                lines.append(f'instrument = "{instruments[given.row].name}"\ninverse = {str(given.inverse).lower()}')
            else:
                lines.append(f"places = {given.places}\nrates = {_pairs(given.series)}")
        return "\n".join(lines) + "\n"

    def check_currencies(self, rows: Sequence[int], instruments: Sequence[Instrument]) -> None:
        """Refuse instruments of several currencies of which more than one is not converted."""
        kept = {instruments[row].settlement: instruments[row].name for row in rows if row not in self.conversion}
        if len(kept) > 1:
            names = ", ".join(f"{name} in {currency or 'no currency'}" for currency, name in kept.items())
            raise InputError(
                f"account: {names} cannot be added up; give conversion= by instrument for all but those in the "
                "account's own currency"
            )


def event_terms(account: Account, actions: Any, instruments: Sequence[Instrument], span: tuple[int, int]) -> EventTerms:
    """Put an account's terms into integers.

    Raises
    ------
    InputError
        For what names an instrument that is not there, a rate that does not reach back to the first record, a split
        whose ratio is no fraction of two numbers up to a million, splits and dividends of an inverse contract, and an
        instrument whose price is no rate between the currencies.
    """
    names = [instrument.name for instrument in instruments]
    account.check_names(names)
    first, last = span
    single = {row: account.of(name) for row, name in enumerate(names)}
    borrow, funding, conversion = {}, {}, {}
    for row, one in single.items():
        if one.borrow is not None and not (isinstance(one.borrow, float) and one.borrow == 0):
            borrow[row] = _yearly(one.borrow, "borrow", first)
        if one.funding is not None:
            funding[row] = (one.funding.time, _integers(one.funding.value, RATE_PLACES, "funding"))
        if one.conversion is not None:
            conversion[row] = _converted(one.conversion, row, instruments, first)
    dividends, splits = _actions(actions, instruments, (first, last))
    no_interest = isinstance(account.interest, float) and account.interest == 0
    return EventTerms(
        leverage=round(account.leverage * 10**PART_PLACES),
        maintenance=-1 if account.keeps is None else round(account.keeps * 10**PART_PLACES),
        liquidation_fee=round(account.liquidation_bps * 10 ** (PART_PLACES - 4)),
        interest=None if no_interest else _yearly(account.interest, "interest", first),
        borrow=borrow,
        funding=funding,
        dividends=dividends,
        conversion=conversion,
        splits=splits,
    )


def halt_of(how: Simulation) -> int:
    """Return how long before a split trading halts, ns: what was sent before has arrived, and its answers have come."""
    feed = how.feed_latency_ns + WIDEST_DRAW * (how.feed_deviation_ns if how.feed == "normal" else 0)
    longest = max(how.response_latency_ns, UNKNOWN_FEED if how.feed == "recorded" else feed)
    return how.order_latency_ns + how.jitter_ns + longest + 1


def contracts_of(instruments: Sequence[Instrument], account: Account | None) -> tuple[Instrument, ...]:
    """Give instruments the multipliers that the account says."""
    made = []
    for instrument in instruments:
        own = float(instrument.details.get("multiplier", 1.0))
        wanted = own if account is None else float(account.of(instrument.name).multiplier)
        if wanted not in (own, 1.0):
            if own != 1.0:
                raise InputError(f"account: multiplier {wanted:g} of {instrument.name}, whose own is {own:g}")
            made.append(replace(instrument, details={**instrument.details, "multiplier": wanted}))
        else:
            made.append(instrument)
    return tuple(made)


def public_paid(raw: bytes) -> Records:
    """Give the kernel's payments words and times."""
    rows = np.frombuffer(raw, RAW_PAID)
    paid = np.empty(len(rows), EVENT_PAID)
    paid["time"], paid["instrument"] = rows["time"].view("M8[ns]"), rows["instrument"]
    paid["kind"] = KINDS[rows["kind"]]
    paid["amount"] = [amount / 10**18 for amount in wide(rows)]
    return paid


def wide(rows: Records) -> list[int]:
    """Return 128-bit amounts as integers."""
    return [high << 64 | low for low, high in zip(rows["low"].tolist(), rows["high"].tolist(), strict=True)]


def account_words(account: Account | None, terms: EventTerms | None, instruments: Sequence[Instrument],
                  rows: Sequence[int]) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Say in words what an account on events assumes (``proto/ACCOUNT.md``)."""
    if account is None or terms is None:
        return
    yield (
        "margin",
        f"{account.describe()}; an order is refused (no_margin) if the largest positions that may come of all orders "
        "on their way, at the last prices and this one at its own, with a taker's fee, are worth more than leverage "
        "times equity; asked when it is sent, with what the strategy knows then, so a fill worse than the price "
        "asked about may go beyond it",
    )
    if account.keeps is not None:
        yield (
            "liquidation",
            f"when equity is below {account.keeps * 100:g}% of the positions' value, looked at after every event: live "
            "orders are canceled, once they have ended all positions are closed by market orders that take the way of "
            "any order; until then orders are refused (liquidated)",
        )
    if terms.interest is not None or terms.borrow or terms.funding or terms.dividends:
        yield (
            "financing",
            "funding and dividends at their times, on what is held and marked then; interest and borrow at the end of "
            "each day (UTC), for a whole day, on what stands then; a year has 365 days; no tax on dividends",
        )
    if terms.splits:
        yield (
            "splits",
            "position and mean price go on in the new units; a fraction of a lot is paid in cash at the last mark; "
            "before it, as long as orders and answers are under way, live orders are canceled, and until the book has "
            "new prices orders are refused (split)",
        )
    if terms.conversion:
        told = []
        for row in rows:
            given = terms.conversion.get(row)
            if given is not None:
                how = "the rates given" if given.series else f"the price of {instruments[given.row].name}"
                told.append(f"{instruments[row].name} at {how}{', inverted' if given.inverse else ''}")
        yield "currency", f"money of {'; '.join(told)}: each payment at the rate of its moment, nothing is kept in it"


def _integers(values: npt.NDArray[np.float64], places: int, name: str) -> Integers:
    scaled = np.rint(values * 10.0**places)
    if len(scaled) and np.abs(scaled).max() >= EXACT:
        row = int(np.argmax(np.abs(scaled)))
        raise InputError(f"{name}: {values[row]:g} is too large; it must be below {EXACT / 10**places:,.0f}")
    return scaled.astype(np.int64)


def _rates(given: Rates | float, name: str, first: int) -> tuple[Integers, npt.NDArray[np.float64]]:
    if not isinstance(given, Rates):
        return np.array([ALWAYS], np.int64), np.array([given])
    given.at(np.array([first], np.int64), name)  # refuses what begins later
    return given.time, given.value


def _yearly(given: Rates | float, name: str, first: int) -> Series:
    time, value = _rates(given, name, first)
    return time, _integers(value, RATE_PLACES, name)


def _converted(given: Any, row: int, instruments: Sequence[Instrument], first: int) -> Converted:
    if isinstance(given, str):
        return _by_price(given, row, instruments)
    time, value = _rates(given, "conversion", first)
    places = next((p for p in range(RATE_PLACES, -1, -1) if value.max() * 10**p < EXACT), 0)
    steps = _integers(value, places, "conversion")
    if (steps <= 0).any():
        raise InputError(f"conversion: {value.min():g} is too small beside {value.max():g}")
    return Converted(-1, False, places, (time, steps))


def _by_price(name: str, row: int, instruments: Sequence[Instrument]) -> Converted:
    names, currency = [instrument.name for instrument in instruments], instruments[row].settlement
    if name not in names:
        raise InputError(f"conversion: {name!r} is not in the data, which has {', '.join(names)}")
    base, quote = ([*name.partition(":")[2].split("-"), ""])[:2]
    if currency not in (base, quote) or base == quote:
        raise InputError(
            f"conversion: the price of {name} says nothing of {currency or 'a currency'}, in which "
            f"{instruments[row].name} is {'settled' if instruments[row].kind == InstrumentKind.INVERSE else 'quoted'}"
        )
    return Converted(names.index(name), currency == quote, 0, None)


def _actions(
    actions: Any, instruments: Sequence[Instrument], span: tuple[int, int]
) -> tuple[dict[int, Series], tuple[Split, ...]]:
    if actions is None:
        return {}, ()
    names = [instrument.name for instrument in instruments]
    if isinstance(actions, Actions):
        if len(names) > 1:
            raise InputError(f"actions: of which instrument? give them by name; there are {', '.join(names)}")
        actions = {names[0]: actions}
    found: dict[int, Series] = {}
    splits: list[Split] = []
    for name, of_one in actions.items():
        if name not in names:
            raise InputError(f"actions: {name!r} is not in the data, which has {', '.join(names)}")
        inside = (of_one.time > span[0]) & (of_one.time <= span[1])
        splitting = np.flatnonzero(inside & (of_one.split != 1)).tolist()
        paid = np.flatnonzero(of_one.dividend > 0)
        inverse = instruments[names.index(name)].kind == InstrumentKind.INVERSE
        for there, what in ((len(paid), "pays no dividends"), (len(splitting), "has no splits")):
            if inverse and there:
                raise InputError(f"actions: {name} is an inverse contract, which {what}")
        for at in splitting:
            ratio = _ratio(float(of_one.split[at]), name)
            splits.append(Split(int(of_one.time[at]), names.index(name), ratio.numerator, ratio.denominator))
        if len(paid):
            found[names.index(name)] = (of_one.time[paid], _integers(of_one.dividend[paid], RATE_PLACES, "dividend"))
    return found, tuple(sorted(splits))


def _ratio(split: float, name: str) -> Fraction:
    """Return a split as the fraction of two numbers up to a million that is nearest to it."""
    ratio = Fraction(split).limit_denominator(MOST_OF_SPLIT)
    if not 0 < ratio.numerator <= MOST_OF_SPLIT:
        raise InputError(
            f"actions: a split of {split:g} of {name} is no fraction of two whole numbers up to {MOST_OF_SPLIT:,}"
        )
    return ratio


def _pairs(series: Series) -> str:
    time, value = series
    return "[" + ", ".join(f"[{t}, {v}]" for t, v in zip(time.tolist(), value.tolist(), strict=True)) + "]"

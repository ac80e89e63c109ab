"""Signals on bars: checks them, runs the kernel (``pyrt_ext/signals.pyx``), and says what was assumed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from pyrt_ext.signals import Reason
from pyrt_ext.signals import codes as joined
from pyrt_ext.signals import run as simulate

from .._validate import as_mask, as_times, same_labels, same_length
from ..data import Actions, Bars
from ..errors import DTypeError, InputError
from .account import Account, identity_of
from .account.signals import AccountRun, account_words, run_account
from .costs import CostModel
from .guards import of_bars
from .results.ledger import KERNEL_FILL, odd_fills
from .results.result import Result
from .results.valuation import PLAIN
from .sizing import Sizing
from .stops import Stops

__all__ = [
    "FILL_WORDS",
    "BarData",
    "FillRule",
    "Signals",
    "assumptions_of",
    "checked_stops",
    "run_signals",
    "tally",
    "warnings_of_signals",
]

FillRule = Literal["next_open", "close"]
Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.int64]

_TERMS = ("cash", "units", "money", "fraction", "fee_rate", "fixed_fee", "slippage")
RULES = np.dtype([(name, "<f8") for name in (*_TERMS, "stop_loss", "take_profit", "trailing")])
"""``pyrt_ext/signals.pxd``, Rules."""

FILL_WORDS = {
    "next_open": "a signal is known at the close of its bar and fills at the open of the next",
    "close": "a signal fills at the close of its own bar: optimistic, that close also made the signal",
}


@dataclass(frozen=True, slots=True)
class BarData:
    """Checked terms of runs on bars; `given_times` are those of the data as it came, before it was stamped."""

    bars: Bars
    given_times: npt.NDArray[np.int64]
    cash: float
    costs: CostModel
    fill: FillRule
    sizing: Sizing
    account: Account | None = None
    actions: Actions | None = None

    def rules(self, stops: Stops) -> npt.NDArray[np.void]:
        """Return what the kernel is told."""
        sizing = self.sizing
        most = 1.0 if self.account is None else self.account.leverage
        values = (
            self.cash,
            sizing.units,
            sizing.money,
            most if sizing.whole else sizing.fraction,
            *(self.costs.rates() if self.costs.closed else (0.0, 0.0, 0.0)),
            stops.stop_loss,
            stops.take_profit,
            stops.trailing,
        )
        return np.array([values], RULES)

    def identity(self) -> list[Any]:
        """Return what a run depends on beside its bars, the same in every process."""
        terms = [self.cash, self.costs.fingerprint(), self.fill, self.sizing]
        return [*terms, *identity_of(self.account, {"": self.actions} if self.actions else {})]

    @property
    def plain(self) -> bool:
        """Whether the plain kernel does: cash alone, and costs of a closed form."""
        return self.account is None and self.actions is None and self.costs.closed

    @property
    def late(self) -> bool:
        """Whether a signal fills on the bar after its own."""
        return self.fill == "next_open"


class Signals(NamedTuple):
    """Entries and exits, a value a bar; the last two may be None."""

    entries: Any
    exits: Any
    short_entries: Any = None
    short_exits: Any = None

    @classmethod
    def of(cls, made: Any) -> Signals:
        """Take what a rule has returned: entries and exits, or those and short entries and exits."""
        if not isinstance(made, (tuple, list)) or len(made) not in (2, 4):
            raise DTypeError(
                f"strategy: must return entries and exits, got {type(made).__name__}"
                + (f" of {len(made)}" if isinstance(made, (tuple, list)) else "")
                + "; short positions need short_entries and short_exits as well"
            )
        return cls(*made)

    def checked_columns(self, data: BarData, width: int) -> Signals:
        """Return them as masks of two dimensions, (bars, width), every column checked."""
        masks: list[Any] = []
        for name, given in zip(self._fields, self, strict=True):
            if given is None:
                masks.append(None)
                continue
            array = np.asarray(given.to_numpy() if hasattr(given, "to_numpy") else given)
            if array.shape != (len(data.bars), width):
                raise InputError(f"{name}: must have shape {(len(data.bars), width)}, bars x sets, got {array.shape}")
            refuse_other_times(given, (data.given_times, data.bars.time), name)
            masks.append(as_mask(array.reshape(-1), name).reshape(array.shape))
        same_labels([(name, given) for name, given in zip(self._fields, self, strict=True) if given is not None])
        found = Signals(*masks)
        found.refuse_unpaired()
        return found

    def codes(self) -> tuple[npt.NDArray[np.uint8], int]:
        """Return checked masks as the kernel takes them, and how many rows ask for an entry."""
        made: tuple[npt.NDArray[np.uint8], int] = joined(*(None if s is None else s.view(np.uint8) for s in self))
        return made

    def refuse_unpaired(self) -> None:
        """Refuse short entries without exits, or the other way round."""
        if (self.short_entries is None) != (self.short_exits is None):
            missing = "short_exits" if self.short_exits is None else "short_entries"
            raise InputError(f"{missing}: is missing; short positions need entries and exits (all False: no exits)")

    def checked(self, data: BarData) -> Signals:
        """Return them as masks of the data's length; short ones that are None stay so."""
        masks = Signals(
            *(
                None if signal is None and name.startswith("short") else _mask(signal, name, data)
                for signal, name in zip(self, self._fields, strict=True)
            )
        )
        masks.refuse_unpaired()
        given = {name: mask for name, mask in zip(self._fields, masks, strict=True) if mask is not None}
        same_length(**given, data=data.bars.time)
        return masks


def run_signals(data: BarData, signals: Signals, stops: Any) -> Result:
    """Run signals; see :meth:`pyrt.Backtest.run_signals`."""
    stops, masks, bars = checked_stops(stops), signals.checked(data), data.bars
    codes, openings = masks.codes()
    run = (_run_plain if data.plain else run_account)(data, codes, openings, data.rules(stops))
    fills, equity = run.fills, run.equity
    return Result(
        bars=bars,
        cash=data.cash,
        fill_rows=fills,
        fills_at="open" if data.late else "close",
        equity=equity,
        assumptions=assumptions_of(data, stops, short=masks.short_entries is not None),
        warnings=(
            *warnings_of_signals(tally(masks), len(fills), run.counts),
            *_of_models(run),
            *_of_course(data, fills, equity),
            *of_bars(bars),
        ),
        valuation=run.valuation,
    )


def checked_stops(stops: Any) -> Stops:
    """Return the stops of every position; none if nothing is given."""
    if stops is not None and not isinstance(stops, Stops):
        raise DTypeError(f"stops: must be Stops(stop_loss=0.02, ...), got {stops!r} ({type(stops).__name__})")
    return stops or Stops()


def _run_plain(data: BarData, codes: Any, openings: int, rules: npt.NDArray[np.void]) -> AccountRun:
    bars = data.bars
    raw, equity = np.empty(2 * openings, KERNEL_FILL), np.empty(len(bars))
    prices = (bars.open, bars.high, bars.low, bars.close)
    price = bars.open if data.late else bars.close
    counts: dict[str, int] = simulate(price, prices, codes, int(data.late), rules, raw, equity)
    made = raw[: counts["fills"]]
    return AccountRun(made if 2 * len(made) > len(raw) else made.copy(), equity, counts, PLAIN, 0)


def _mask(signal: Any, name: str, data: BarData) -> Mask:
    mask = as_mask(signal, name)
    refuse_other_times(signal, (data.given_times, data.bars.time), name)
    return mask


def refuse_other_times(given: Any, allowed: tuple[Times, Times], name: str) -> None:
    """Refuse an index of as many times that are not the data's: as they came, and as they were stamped."""
    index = getattr(given, "index", None)
    if getattr(getattr(index, "dtype", None), "kind", "") != "M":
        return
    times, came = as_times(index, f"{name}.index"), allowed[0]
    if len(times) != len(came) or any(np.array_equal(times, one) for one in allowed):
        return
    row = int(np.argmax(times != came))
    mine, theirs = (np.datetime64(int(one[row]), "ns") for one in (times, came))
    raise InputError(
        f"{name}: its index differs from the data's times from row {row} on ({mine}, the data has {theirs}); reindex "
        "it first"
    )


def assumptions_of(data: BarData, stops: Stops, *, short: bool) -> dict[str, str]:
    """Say what a run of signals takes for granted."""
    sides = "long only, one position at a time; a bar with both an entry and an exit is ignored"
    if short:
        sides = (
            "long and short, one position at a time; an entry against it closes it and opens the other, two fills at "
            "one price; a side with both an entry and an exit is ignored, and so are entries both ways"
        )
    words = {
        "fills": FILL_WORDS[data.fill],
        "size": data.sizing.words,
        "costs": data.costs.describe(),
        "side": sides,
    }
    if stops != Stops():
        words["stops"] = (
            f"{stops.describe()}, of the price of the entry; a bar that opens beyond one fills there, one that reaches "
            "both is taken to have reached the stop first; a stop pays slippage"
        )
        if not data.late:
            words["stops"] += "; the signals of its bar are passed over"
    if short:
        words["short"] = "what a short position is worth at its entry is covered by cash; borrowing costs nothing"
        if data.account is not None:
            words["short"] = "what a short position is worth at its entry is within the leverage; see account"
    if not data.plain:
        words |= dict(account_words(data))
    return {
        **words,
        "liquidity": f"every order fills whole at that price, {_volume(data.costs)}, no latency",
        "cash": f"{data.cash:,.2f} at the start; idle cash earns nothing, {_without(data)}no taxes",
        "open trade": "valued at the last close, without an exit fee",
        "numbers": "float64; no tick and no lot",
        "times": f"UTC, also those without a zone; {data.bars.stamping}; a fill carries the time of its bar",
        "measures": "annualized with the periods a year that the data itself has; risk-free rate 0; the interval "
        "of the Sharpe ratio takes returns as independent (Lo, 2002)",
    }


def _without(data: BarData) -> str:
    loans = "no borrowing, " if data.account is None else ""
    return loans + ("no dividends, " if data.actions is None else "")


def _volume(costs: CostModel) -> str:
    volume = "whatever the volume"
    if costs.volume_limit is not None:
        volume = f"an entry at most {costs.volume_limit:g} of the bar's volume and an exit whatever it is"
    return f"{volume}; {'no impact' if costs.impact is None else 'impact as in costs'}"


def tally(masks: Signals) -> Counter[str]:
    """Count entries, exits, bars with both of one side, and those with entries both ways."""
    sides = [(masks.entries, masks.exits), (masks.short_entries, masks.short_exits)]
    sides = [side for side in sides if side[0] is not None]
    entries, exits = (sum(int(np.count_nonzero(side[i])) for side in sides) for i in (0, 1))
    both = sum(int(np.count_nonzero(side[0] & side[1])) for side in sides)
    torn = 0 if masks.short_entries is None else int(np.count_nonzero(masks.entries & masks.short_entries))
    return Counter(entries=entries, exits=exits, both=both, torn=torn)


def warnings_of_signals(asked: Counter[str], fills: int, counts: Mapping[str, int]) -> Iterator[str]:
    """Say what a reader should know of what became of the signals."""
    entries, exits, both, torn = (asked[name] for name in ("entries", "exits", "both", "torn"))
    if not entries:
        yield "no entry signal: nothing was traded"
    elif not fills:
        yield f"no fill: none of {entries} entry signals was carried out"
    elif not exits and fills % 2:
        yield "no exit signal: the position was never closed"
    if both:
        yield f"{both} bars have both an entry and an exit; they were ignored"
    if torn:
        yield f"{torn} bars have entries both ways; they were ignored"
    if counts["late"]:
        yield "the signal on the last bar would fill after the data ends; it was not carried out"
    if counts["cut"]:
        yield f"{counts['cut']} entries were cut to what the cash paid for"
    if counts["rejected"]:
        yield f"{counts['rejected']} entries were not carried out: the cash did not cover the fixed fee"


def _of_models(run: AccountRun) -> Iterator[str]:
    """Say what became of models of costs and of the account."""
    if run.unknown:
        yield f"{run.unknown} fills came before there was a mean volume or a volatility: models took none for them"
    liquidated = int(np.count_nonzero(run.fills["reason"] == Reason.LIQUIDATION))
    if liquidated:
        yield f"{liquidated} positions were liquidated: equity fell below the maintenance margin"


def _of_course(data: BarData, fills: npt.NDArray[np.void], equity: npt.NDArray[np.float64]) -> Iterator[str]:
    """Say what a reader should know of where fills and equity went."""
    if float(equity.min()) <= 0:
        yield "equity fell to zero or below: measures of returns are not defined"
    if len(fills):
        outside, empty = odd_fills(fills, data.bars, inside=data.costs.keeps_prices)
        if outside:
            yield f"{outside} fills lie outside their bar's range: slippage took them where nobody traded"
        if empty:
            yield f"{empty} fills lie on bars without volume; they could not have happened"

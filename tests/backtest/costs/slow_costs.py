"""Costs in plain Python, written from the table of ``pyrt_ext/costs.pxd`` alone: slow, and equal bits."""

import math
from datetime import UTC, datetime


def month_of(ns):
    at = datetime.fromtimestamp(ns // 10**9, UTC)
    return at.year, at.month


def known(x):
    return x if x == x else 0.0  # noqa: PLR0124 (NaN)


class SlowCosts:
    """The models of a CostModel, one deal after the other."""

    def __init__(self, model):
        self.model = model
        self.record = {name: model.terms().record[0][name] for name in model.terms().record.dtype.names}
        self.shift = self.traded = 0.0
        self.month = None
        self.order = [0.0, 0.0, 0.0]

    def share(self, deal):
        return deal["qty"] / deal["average_volume"] if deal["average_volume"] else math.inf

    def permanent(self, deal, at):
        r = self.record
        if r["permanent"] == 0:
            return 0.0
        if r["impact_kind"] == 3:
            return deal["side"] * (r["permanent"] * deal["qty"])
        by = deal["volatility"] if r["permanent_by_volatility"] else 1.0
        return deal["side"] * known(r["permanent"] * by * self.share(deal) * at)

    def price(self, deal):
        r, at = self.record, deal["price"] + self.shift
        relative, money = r["spread_rate"], r["spread_money"]
        slip = r["slippage_size"]
        if r["slippage_kind"] == 1:
            money += slip
        elif r["slippage_kind"] == 2:
            relative += slip
        elif r["slippage_kind"] == 3:
            relative += known(slip * deal["volatility"])
        elif r["slippage_kind"] == 4:
            volume = deal["volume"]
            s = 0.0 if volume != volume else min(deal["qty"] / volume, 1.0) if volume else 1.0  # noqa: PLR0124
            relative += slip * (s * s)
        temporary = 0.0
        if r["impact_kind"] == 1:
            relative += known(r["temporary"] * self.share(deal))
        elif r["impact_kind"] == 2:
            part = self.share(deal) / r["duration"]
            root = math.sqrt(part) if r["exponent"] == 0.5 else math.pow(part, r["exponent"])
            relative += known(r["temporary"] * deal["volatility"] * root)
        elif r["impact_kind"] == 3:
            temporary = r["impact_fixed"] + r["temporary"] * (deal["qty"] / r["duration"])
        money += temporary
        if r["own_share"]:
            money += r["own_share"] * abs(self.permanent(deal, at))
        return at * (1.0 + deal["side"] * relative) + deal["side"] * money

    def counted(self, deal):
        monthly = self.record["tiers_monthly"] and month_of(deal["time"]) != self.month
        return 0.0 if monthly else self.traded

    def tiers(self, before, amount, maker):
        r, total = self.record, 0.0
        rates = r["tier_maker"] if maker else r["tier_taker"]
        starts = [*r["tier_from"][: r["tiers"]], math.inf]
        for rate, low, high in zip(rates, starts, starts[1:], strict=False):
            if r["tiers_whole"]:
                if low <= before < high:
                    return amount * rate
            elif min(high, before + amount) > max(low, before):
                total += (min(high, before + amount) - max(low, before)) * rate
        return total

    def unbounded(self, deal, price):
        r, maker = self.record, deal["maker"]
        value = deal["qty"] * price * deal["multiplier"]
        raw = value * r["maker_rate" if maker else "taker_rate"]
        raw = raw + deal["qty"] * r["maker_each" if maker else "taker_each"] + r["fixed"]
        if r["tiers"]:
            raw += self.tiers(self.counted(deal), value if r["tiers_by"] else deal["qty"], maker)
        return raw, value

    def fee(self, deal, price, *, one_order=False):
        """The commission of a fill; it is not made by this."""
        r, (raw, value) = self.record, self.unbounded(deal, price)
        if r["minimum"] == -math.inf and r["maximum"] == math.inf:
            return raw
        total, worth = (raw + self.order[1], value + self.order[0]) if one_order else (raw, value)
        fee = min(max(total, r["minimum"]), r["maximum"] * worth if r["maximum"] < math.inf else math.inf)
        return fee - self.order[2] if one_order else fee

    def settle(self, deal, price, fee):
        """The fill is made."""
        r, (raw, value) = self.record, self.unbounded(deal, price)
        if r["tiers"]:
            count = value if r["tiers_by"] else deal["qty"]
            self.traded, self.month = self.counted(deal) + count, month_of(deal["time"])
        self.order = [self.order[0] + value, self.order[1] + raw, self.order[2] + fee]
        self.shift += self.permanent(deal, deal["price"] + self.shift)

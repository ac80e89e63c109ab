//! How much may be sent: the venue's counts from its replies, and a pause after it said so.

use serde::{Deserialize, Deserializer};

use super::json::{self, Text};
use crate::model::Nanos;

const SECOND: i64 = 1_000_000_000;
/// First pause after 429 without a time; doubled each time up to the last.
const FIRST_PAUSE: i64 = SECOND;
const LAST_PAUSE: i64 = 120 * SECOND;
/// The shortest ban.
const BAN: i64 = 120 * SECOND;

/// A limit as a reply states it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stated<'a> {
    #[serde(borrow)]
    rate_limit_type: Text<'a>,
    #[serde(borrow)]
    interval: Text<'a>,
    interval_num: i64,
    limit: u64,
    #[serde(default)]
    count: u64,
}

/// The limits of one reply. In place, not as raw text to be read later: passing over nested text allocates.
#[derive(Debug, Default)]
pub(super) struct StatedLimits<'a>([Option<Stated<'a>>; 8]);

impl StatedLimits<'_> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Stated<'_>> {
        self.0.iter().flatten()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for StatedLimits<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (mut limits, mut next) = (StatedLimits::default(), 0);
        let keep = |stated| {
            if let Some(place) = limits.0.get_mut(next) {
                (*place, next) = (Some(stated), next + 1);
            }
        };
        json::each_of(deserializer, keep)?;
        Ok(limits)
    }
}

/// A limit and how much of it is used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Length in ns; windows begin at multiples of it.
    pub length: i64,
    /// How many.
    pub limit: u64,
    /// So many already, by the venue's count and what was sent since.
    pub count: u64,
    /// When that was.
    seen: Nanos,
}

impl Window {
    /// When there is room again; now, if there is.
    fn free_at(&self, now: Nanos) -> Nanos {
        let same = self.length > 0 && now.0.div_euclid(self.length) == self.seen.0.div_euclid(self.length);
        if same && self.count >= self.limit {
            return Nanos((now.0.div_euclid(self.length) + 1).saturating_mul(self.length));
        }
        now
    }

    fn add(&mut self, now: Nanos) {
        let same = self.length > 0 && now.0.div_euclid(self.length) == self.seen.0.div_euclid(self.length);
        self.count = if same { self.count + 1 } else { 1 };
        self.seen = now;
    }
}

/// The limits of an account and its address.
#[derive(Clone, Debug)]
pub struct RateLimits {
    /// Orders that are not filled: the venue counts fills off.
    orders: [Window; 2],
    weight: Window,
    paused_until: Nanos,
    pause: i64,
}

impl Default for RateLimits {
    /// The documented limits of mid 2026; the venue's own take their place with its first reply.
    fn default() -> Self {
        let window = |seconds, limit| Window { length: seconds * SECOND, limit, count: 0, seen: Nanos(0) };
        RateLimits {
            orders: [window(10, 50), window(86_400, 160_000)],
            weight: window(60, 6_000),
            paused_until: Nanos(i64::MIN),
            pause: FIRST_PAUSE,
        }
    }
}

impl RateLimits {
    /// When an order may be sent; now, if it may.
    #[must_use]
    pub fn next_order(&self, now: Nanos) -> Nanos {
        self.orders.iter().fold(self.next_request(now), |at, window| at.max(window.free_at(now)))
    }

    /// When anything else may be sent, cancels too; now, if it may.
    #[must_use]
    pub fn next_request(&self, now: Nanos) -> Nanos {
        self.paused_until.max(now)
    }

    /// Until when the venue wants to hear nothing.
    #[must_use]
    pub fn paused_until(&self) -> Nanos {
        self.paused_until
    }

    /// The limits on orders.
    #[must_use]
    pub fn orders(&self) -> &[Window] {
        &self.orders
    }

    /// The limit on the weight of requests.
    #[must_use]
    pub fn weight(&self) -> Window {
        self.weight
    }

    /// An order was sent.
    pub(super) fn sent_order(&mut self, now: Nanos) {
        self.orders.iter_mut().for_each(|window| window.add(now));
    }

    /// A reply states the venue's count.
    pub(super) fn on_stated(&mut self, stated: &Stated<'_>, now: Nanos) {
        let unit = match stated.interval.as_str() {
            "SECOND" => SECOND,
            "MINUTE" => 60 * SECOND,
            "HOUR" => 3_600 * SECOND,
            "DAY" => 86_400 * SECOND,
            _ => return,
        };
        let Some(length) = stated.interval_num.checked_mul(unit).filter(|length| *length > 0) else { return };
        let window = Window { length, limit: stated.limit, count: stated.count, seen: now };
        match stated.rate_limit_type.as_str() {
            "ORDERS" => self.orders[usize::from(length >= 3_600 * SECOND)] = window,
            "REQUEST_WEIGHT" => self.weight = window,
            _ => {}
        }
    }

    /// The venue answered 429 (too much) or 418 (banned), perhaps with a time in ms from when on it listens again.
    pub(super) fn on_refused(&mut self, status: u16, retry_after_ms: Option<i64>, now: Nanos) {
        let least = if status == 418 { BAN } else { self.pause };
        let until = retry_after_ms
            .and_then(|ms| ms.checked_mul(1_000_000))
            .unwrap_or_else(|| now.0.saturating_add(least));
        self.paused_until = self.paused_until.max(Nanos(until));
        self.pause = (self.pause * 2).min(LAST_PAUSE);
    }

    /// The venue answered as it should.
    pub(super) fn on_success(&mut self) {
        self.pause = FIRST_PAUSE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(limits: &mut RateLimits, json: &str, now: i64) {
        limits.on_stated(&serde_json::from_str(json).unwrap(), Nanos(now));
    }

    #[test]
    fn orders_wait_for_the_window_that_is_full() {
        let mut limits = RateLimits::default();
        let now = 25 * SECOND;
        let stated = r#"{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":3,"count":2}"#;
        state(&mut limits, stated, now);
        assert_eq!(limits.next_order(Nanos(now)), Nanos(now));
        limits.sent_order(Nanos(now));
        assert_eq!(limits.next_order(Nanos(now + 1)), Nanos(30 * SECOND));
        assert_eq!(limits.next_request(Nanos(now + 1)), Nanos(now + 1));
        assert_eq!(limits.next_order(Nanos(30 * SECOND)), Nanos(30 * SECOND));
        for odd in ["0", "-1", "9223372036854775807"] {
            state(&mut limits, &stated.replace("10", odd), now);
        }
        assert_eq!(limits.orders()[0].length, 10 * SECOND);
    }

    #[test]
    fn pauses_grow_and_bans_are_long() {
        let mut limits = RateLimits::default();
        let mut ends = vec![];
        for _ in 0..3 {
            limits.on_refused(429, None, Nanos(0));
            ends.push(limits.paused_until().0 / SECOND);
        }
        assert_eq!(ends, [1, 2, 4]);
        limits.on_success();
        limits.on_refused(418, None, Nanos(0));
        assert_eq!(limits.next_order(Nanos(5)), Nanos(BAN));
        limits.on_refused(418, Some(1_000_000), Nanos(0));
        assert_eq!(limits.next_request(Nanos(5)), Nanos(1000 * SECOND));
        limits.on_refused(429, Some(i64::MAX), Nanos(0));
    }
}

//! Fees in quote currency, whatever the venue took them in.

use super::messages::{Asset, Conversion, Message};
use super::symbols::Listed;
use crate::model::{ClientOrderId, Money, Ticks};
use crate::risk::Ratio;

/// Fees are rounded up to 10^-8.
const FEE_UNIT: i128 = 10_000_000_000;

/// Rates of assets that fees may be taken in, by asset and quote currency.
#[derive(Clone, Debug, Default)]
pub(super) struct Rates(Vec<(String, String, Ratio)>);

/// A fee and where it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fee {
    pub(super) quote: Money,
    /// For a fee that was not in quote currency.
    taken: Option<(Asset, Money, Conversion)>,
}

impl Rates {
    /// One unit of `asset` is worth so much of `quote`.
    pub(super) fn set(&mut self, asset: &str, quote: &str, rate: Ratio) {
        self.0.retain(|(known, of, _)| (known.as_str(), of.as_str()) != (asset, quote));
        self.0.push((asset.to_owned(), quote.to_owned(), rate));
    }

    /// The fee of a fill at a price. No asset: the venue took nothing.
    pub(super) fn fee(&self, listed: &Listed, price: Ticks, amount: Money, asset: Option<&str>) -> Fee {
        let Some(asset) = asset.filter(|asset| *asset != listed.quote && amount != Money::ZERO) else {
            return Fee { quote: amount, taken: None };
        };
        let rate =
            || self.0.iter().find(|(known, of, _)| (known.as_str(), of.as_str()) == (asset, &listed.quote));
        let (quote, conversion) = if asset == listed.base {
            (at_price(amount, price, listed), Conversion::AtFillPrice)
        } else {
            (rate().and_then(|(.., rate)| rate.ceil_of(amount)), Conversion::AtRate)
        };
        let (quote, conversion) = match quote {
            Some(quote) => (rounded_up(quote), conversion),
            None => (Money::ZERO, Conversion::None),
        };
        Fee { quote, taken: Some((Asset::new(asset), amount, conversion)) }
    }
}

impl Fee {
    /// What is to be said of a fee that was not in quote currency.
    pub(super) fn message(self, id: ClientOrderId, trade_id: u64) -> Option<Message> {
        let (asset, amount, conversion) = self.taken?;
        Some(Message::Commission { id, trade_id, asset, amount, conversion })
    }
}

/// The value of an amount of base currency at a price.
fn at_price(amount: Money, price: Ticks, listed: &Listed) -> Option<Money> {
    let tick = listed.instrument.tick;
    let mantissa = i128::from(price.0) * i128::from(tick.mantissa());
    // The venue writes eight places, so that the division is exact.
    let units = -(-amount.0).div_euclid(FEE_UNIT);
    let one = 10_i128.pow(u32::from(tick.exponent()));
    let value = -units.checked_mul(mantissa)?.checked_neg()?.div_euclid(one);
    value.checked_mul(FEE_UNIT).map(Money)
}

fn rounded_up(amount: Money) -> Money {
    Money(-(-amount.0).div_euclid(FEE_UNIT) * FEE_UNIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execution::venues::binance::symbols::Symbols;
    use crate::model::{Instrument, InstrumentId};

    #[test]
    fn fees_become_quote_currency_or_say_that_they_cannot() {
        let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
        let symbols = Symbols::new(&[(InstrumentId(0), btc)]);
        let listed = symbols.get(InstrumentId(0)).unwrap();
        let mut rates = Rates::default();
        let price = Ticks(6_183_763);
        let mut fee = |text: &str, asset: Option<&str>, rate: Option<f64>| {
            if let Some(rate) = rate {
                rates.set("BNB", "USDT", Ratio::from_f64(rate).unwrap());
            }
            let fee = rates.fee(listed, price, Money::parse(text.as_bytes()).unwrap(), asset);
            (fee.quote.to_f64(), fee.taken.map(|(_, _, conversion)| conversion))
        };
        assert_eq!(fee("0.61", Some("USDT"), None), (0.61, None));
        assert_eq!(fee("0", None, None), (0.0, None));
        // 0.00001 × 61837.63 = 0.6183763
        assert_eq!(fee("0.00001000", Some("BTC"), None), (0.618_376_3, Some(Conversion::AtFillPrice)));
        // 0.00000001 × 61837.63 = 0.0006183763, up
        assert_eq!(fee("0.00000001", Some("BTC"), None), (0.000_618_38, Some(Conversion::AtFillPrice)));
        assert_eq!(fee("0.001", Some("BNB"), None), (0.0, Some(Conversion::None)));
        assert_eq!(fee("0.001", Some("BNB"), Some(550.5)), (0.5505, Some(Conversion::AtRate)));
        assert_eq!(fee("0.001", Some("BNB"), Some(551.0)), (0.551, Some(Conversion::AtRate)));
    }
}

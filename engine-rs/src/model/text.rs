//! Numbers and ids as venues write them, into a caller's buffer and back, without loss and without allocation.

use super::{ClientOrderId, Grid, Money, OrderName};

/// Decimal places of money.
const MONEY_PLACES: usize = 18;

/// Appends `value`.
pub fn push_integer(out: &mut Vec<u8>, value: u64) {
    let mut digits = [0; 20];
    let first = digits_of(value, &mut digits);
    out.extend_from_slice(&digits[first..]);
}

/// Writes digits at the end of the buffer; where they begin. At least one.
#[allow(clippy::cast_possible_truncation)] // a digit
fn digits_of(mut value: u64, digits: &mut [u8; 20]) -> usize {
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            return first;
        }
    }
}

impl Grid {
    /// Appends `steps` steps as a decimal with all of the grid's places: 6183763 of 0.01 is `61837.63`.
    pub fn push_decimal(self, out: &mut Vec<u8>, steps: i64) {
        let mantissa = i128::from(steps) * i128::from(self.mantissa());
        if mantissa < 0 {
            out.push(b'-');
        }
        let places = usize::from(self.exponent());
        let one = 10_u128.pow(u32::from(self.exponent()));
        let (whole, fraction) = match u64::try_from(mantissa.unsigned_abs()) {
            Ok(small) => {
                let one = 10_u64.pow(u32::from(self.exponent()));
                (u128::from(small / one), small % one)
            }
            Err(_) => split(mantissa.unsigned_abs(), one),
        };
        push_wide(out, whole);
        push_fraction(out, fraction, places);
    }
}

#[allow(clippy::cast_possible_truncation)] // below 10^18
fn split(value: u128, one: u128) -> (u128, u64) {
    (value / one, (value % one) as u64)
}

fn push_wide(out: &mut Vec<u8>, value: u128) {
    const CHUNK: u128 = 10_u128.pow(19);
    if let Ok(small) = u64::try_from(value) {
        return push_integer(out, small);
    }
    push_wide(out, value / CHUNK);
    let mut digits = [b'0'; 20];
    let (_, low) = split(value, CHUNK);
    digits_of(low, &mut digits);
    out.extend_from_slice(&digits[1..]);
}

/// The point and `places` digits.
fn push_fraction(out: &mut Vec<u8>, fraction: u64, places: usize) {
    if places > 0 {
        let mut digits = [b'0'; 20];
        digits_of(fraction, &mut digits);
        out.push(b'.');
        out.extend_from_slice(&digits[digits.len() - places..]);
    }
}

impl Money {
    /// Reads a venue's decimal, exactly: digits, at most one point, a sign, at most 18 places that are not zero.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Money> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let point = digits.iter().position(|byte| *byte == b'.');
        let (whole, fraction) = match point {
            Some(at) => (&digits[..at], &digits[at + 1..]),
            None => (digits, &digits[..0]),
        };
        let (kept, rest) = fraction.split_at(fraction.len().min(MONEY_PLACES));
        if whole.is_empty()
            || (point.is_some() && fraction.is_empty())
            || rest.iter().any(|byte| *byte != b'0')
        {
            return None;
        }
        let zeros = std::iter::repeat_n(&b'0', MONEY_PLACES - kept.len());
        let units = whole.iter().chain(kept).chain(zeros).try_fold(0_i128, |sum, byte| {
            byte.is_ascii_digit().then_some(())?;
            sum.checked_mul(10)?.checked_add(i128::from(byte - b'0'))
        })?;
        Some(Money(if negative { -units } else { units }))
    }

    /// Appends this amount with eight places, as venues write fees; what lies below is cut.
    pub fn push_decimal(self, out: &mut Vec<u8>) {
        const CUT: i128 = 10_i128.pow(10);
        let units = self.0 / CUT;
        if units < 0 {
            out.push(b'-');
        }
        let (whole, fraction) = split(units.unsigned_abs(), 100_000_000);
        push_wide(out, whole);
        push_fraction(out, fraction, 8);
    }
}

/// Two digits for each byte.
fn push_hex(digits: &mut [u8], bytes: &[u8]) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    for (place, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        place[0] = DIGITS[usize::from(byte >> 4)];
        place[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// The number of at most sixteen digits.
fn hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, byte| match byte {
        b'0'..=b'9' => Some(number << 4 | u64::from(byte - b'0')),
        b'a'..=b'f' => Some(number << 4 | u64::from(byte - b'a' + 10)),
        _ => None,
    })
}

impl ClientOrderId {
    /// What every text of ours starts with: others may trade on the same account.
    const PREFIX: [u8; 4] = *b"pyrt";
    /// Bytes of [`ClientOrderId::text`].
    pub const TEXT_LENGTH: usize = 20;

    /// `pyrt` and sixteen hexadecimal digits: within what every venue allows.
    #[must_use]
    pub fn text(self) -> [u8; Self::TEXT_LENGTH] {
        let mut text = [0; Self::TEXT_LENGTH];
        text[..4].copy_from_slice(&Self::PREFIX);
        push_hex(&mut text[4..], &self.0.to_be_bytes());
        text
    }

    /// The id of a text, if it is one of ours.
    #[must_use]
    pub fn from_text(text: &[u8]) -> Option<ClientOrderId> {
        let digits: &[u8; 16] = text.strip_prefix(&Self::PREFIX)?.try_into().ok()?;
        hex(digits).map(ClientOrderId)
    }
}

impl OrderName {
    /// Appends the id's text, and of a later version a point and four hexadecimal digits.
    pub fn push_text(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.text());
        if self.version > 0 {
            out.push(b'.');
            let mut digits = [0; 4];
            push_hex(&mut digits, &self.version.to_be_bytes());
            out.extend_from_slice(&digits);
        }
    }

    /// The order of a text, if it is one of ours.
    #[must_use]
    pub fn from_text(text: &[u8]) -> Option<OrderName> {
        let (id, rest) = text.split_at_checked(ClientOrderId::TEXT_LENGTH)?;
        let version = match rest {
            [] => 0,
            [b'.', digits @ ..] if digits.len() == 4 => {
                u16::try_from(hex(digits)?).ok().filter(|version| *version > 0)?
            }
            _ => return None,
        };
        Some(OrderName { id: ClientOrderId::from_text(id)?, version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn decimals_have_the_places_of_their_grid() {
        let text = |step: &str, steps| written(|out| Grid::parse(step).unwrap().push_decimal(out, steps));
        assert_eq!(text("0.01", 6_183_763), "61837.63");
        assert_eq!(text("0.01", -5), "-0.05");
        assert_eq!(text("0.00001", 0), "0.00000");
        assert_eq!(text("25", 4), "100");
        assert_eq!(text("0.000000000000000005", i64::MAX), "46.116860184273879035");
        assert_eq!(text("1000000", i64::MAX), "9223372036854775807000000");
    }

    #[test]
    fn money_is_read_exactly_or_refused() {
        assert_eq!(Money::parse(b"0.00100000"), Some(Money(10_i128.pow(15))));
        assert_eq!(Money::parse(b"-12"), Some(Money(-12 * 10_i128.pow(18))));
        assert_eq!(Money::parse(b"0.1234567890123456780000"), Some(Money(123_456_789_012_345_678)));
        for refused in
            ["", ".", "1.", ".5", "1e5", "0.1234567890123456789", "NaN", "1.2.3", "9".repeat(40).as_str()]
        {
            assert_eq!(Money::parse(refused.as_bytes()), None, "{refused}");
        }
    }

    proptest! {
        #[test]
        fn steps_survive_their_text(steps in -(1_i64 << 40)..(1_i64 << 40), tick in 1_i64..1000, exponent in 0_u8..=12) {
            let grid = Grid::new(tick, exponent).unwrap();
            let text = written(|out| grid.push_decimal(out, steps));
            prop_assert_eq!(grid.parse_steps(text.as_bytes()), Ok(steps));
        }

        #[test]
        fn money_survives_its_text(units in -(10_i128.pow(24))..10_i128.pow(24)) {
            let amount = Money(units * 10_i128.pow(10));
            prop_assert_eq!(Money::parse(written(|out| amount.push_decimal(out)).as_bytes()), Some(amount));
        }

        #[test]
        fn ids_survive_their_text(id in any::<u64>(), noise in "[a-zA-Z0-9_-]{0,36}") {
            let text = ClientOrderId(id).text();
            prop_assert_eq!(ClientOrderId::from_text(&text), Some(ClientOrderId(id)));
            let read = ClientOrderId::from_text(noise.as_bytes());
            prop_assert!(read.is_none_or(|id| id.text() == noise.as_bytes()));
        }

        #[test]
        fn names_survive_their_text(id in any::<u64>(), version in any::<u16>(), noise in "[.0-9a-g]{0,6}") {
            let name = OrderName { id: ClientOrderId(id), version };
            let text = written(|out| name.push_text(out));
            prop_assert!(text.len() <= 25);
            prop_assert_eq!(OrderName::from_text(text.as_bytes()), Some(name));
            let text = String::from_utf8(ClientOrderId(id).text().to_vec()).unwrap() + &noise;
            let read = OrderName::from_text(text.as_bytes());
            prop_assert!(read.is_none_or(|name| written(|out| name.push_text(out)) == text));
        }

        #[test]
        fn integers_are_those_of_the_standard_library(value in any::<u64>()) {
            prop_assert_eq!(written(|out| push_integer(out, value)), value.to_string());
        }
    }
}

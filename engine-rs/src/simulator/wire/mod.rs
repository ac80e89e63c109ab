//! Decimals as Binance writes them: always eight places.
//!
//! | file | noun |
//! |---|---|
//! | `sbe.rs` | the binary form of its messages |

mod sbe;

pub use sbe::{binary_form, binary_name};

/// Units in 1.
pub const ONE: i64 = 100_000_000;

/// Writes a number of units of 1e-8 with eight places.
pub fn push_decimal(text: &mut String, units: i64) {
    if units < 0 {
        text.push('-');
    }
    let units = units.unsigned_abs();
    push_integer(text, units / ONE.unsigned_abs());
    text.push('.');
    let mut fraction = units % ONE.unsigned_abs();
    let mut digits = [b'0'; 8];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (fraction % 10) as u8;
        fraction /= 10;
    }
    text.extend(digits.iter().map(|digit| char::from(*digit)));
}

/// Writes an integer.
pub fn push_integer(text: &mut String, mut value: u64) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len() - 1;
    while value >= 10 {
        digits[first] = b'0' + (value % 10) as u8;
        value /= 10;
        first -= 1;
    }
    digits[first] = b'0' + value as u8;
    text.extend(digits[first..].iter().map(|digit| char::from(*digit)));
}

/// Reads a decimal into units of 1e-8; nothing if it has more places, or is none.
pub fn parse_decimal(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || fraction.len() > 8 || !digits(fraction) {
        return None;
    }
    let units: i64 = whole.parse::<i64>().ok()?.checked_mul(ONE)?;
    let places = fraction.bytes().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    units.checked_add(places * 10_i64.pow(8 - u32::try_from(fraction.len()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn as_binance_writes_it() {
        let written = |units| {
            let mut text = String::new();
            push_decimal(&mut text, units);
            text
        };
        assert_eq!(written(6_183_763_000_000), "61837.63000000");
        assert_eq!(written(1), "0.00000001");
        assert_eq!(parse_decimal("0.001"), Some(100_000));
        for bad in ["", ".5", "1e5", "-1", "0.123456789", "1.2.3", "99999999999999"] {
            assert_eq!(parse_decimal(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(units in 0..i64::MAX) {
            let mut text = String::new();
            push_decimal(&mut text, units);
            prop_assert_eq!(parse_decimal(&text), Some(units));
        }
    }
}

//! Decimals, times and checksums as Kraken and Coinbase write them.

use flate2::Crc;

use crate::model::Nanos;
use crate::simulator::wire::push_integer;

/// Writes a mantissa with so many decimal places.
pub fn push_places(text: &mut String, mantissa: i64, places: u32) {
    let one = 10_u64.pow(places);
    let mantissa = mantissa.unsigned_abs();
    push_integer(text, mantissa / one);
    if places > 0 {
        let digits = (mantissa % one).to_string();
        text.push('.');
        text.extend(std::iter::repeat_n('0', places as usize - digits.len()));
        text.push_str(&digits);
    }
}

/// The same as a text of its own.
pub fn places(mantissa: i64, places: u32) -> String {
    let mut text = String::new();
    push_places(&mut text, mantissa, places);
    text
}

/// Reads a decimal into a mantissa of so many places; nothing if it has more, or is none.
pub fn parse_places(text: &str, places: u32) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = if fraction.len() > places as usize { fraction.trim_end_matches('0') } else { fraction };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > places as usize {
        return None;
    }
    let missing = 10_i64.checked_pow(places - u32::try_from(fraction.len()).ok()?)?;
    format!("{whole}{fraction}").parse::<i64>().ok()?.checked_mul(missing)
}

/// `2021-04-17T16:48:53.365913Z`.
pub fn rfc3339(time: Nanos) -> String {
    let (seconds, micros) = (time.0.div_euclid(1_000_000_000), time.0.rem_euclid(1_000_000_000) / 1_000);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years begin in March, so the leap day is the last of its year.
    let day = days + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let (date, month) = (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

/// Kraken's checksum of the ten best levels a side, (price, size) as mantissas of the places that the venue writes.
pub fn checksum(asks: &[(i64, i64)], bids: &[(i64, i64)]) -> u32 {
    crc_of(asks.iter().take(10).chain(bids.iter().take(10)).copied())
}

/// The same of rows in their order.
pub fn crc_of(rows: impl Iterator<Item = (i64, i64)>) -> u32 {
    let mut crc = Crc::new();
    for (price, qty) in rows {
        crc.update(price.to_string().as_bytes());
        crc.update(qty.to_string().as_bytes());
    }
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_the_places_that_they_are_written_with() {
        assert_eq!([places(452_835, 1), places(5, 8), places(7, 0)], ["45283.5", "0.00000005", "7"]);
        assert_eq!(parse_places("0.000022890", 9), Some(22_890));
        assert_eq!(parse_places("45283.50", 1), Some(452_835));
        assert_eq!(parse_places("12", 3), Some(12_000));
        for wrong in ["", ".5", "1e5", "-1", "0.05"] {
            assert_eq!(parse_places(wrong, 1), None, "{wrong}");
        }
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        let texts = [
            "1970-01-01T00:00:00.000000Z",
            "2000-02-29T23:59:59.999999Z",
            "2021-04-17T16:48:53.365913Z",
            "2026-12-31T00:00:01.000001Z",
            "2100-03-01T12:00:00.500000Z",
        ];
        let times = [
            0,
            951_868_799_999_999_000,
            1_618_678_133_365_913_000,
            1_798_675_201_000_001_000,
            4_107_585_600_500_000_000,
        ];
        assert_eq!(times.map(|time| rfc3339(Nanos(time))), texts);
    }

    /// Kraken's own example of protocol v2.
    #[test]
    fn the_checksum_is_the_documented_one() {
        let asks = [
            (452_852, 100_000),
            (452_864, 154_571_953),
            (452_866, 154_571_109),
            (452_896, 154_560_911),
            (452_902, 15_890_660),
            (452_918, 154_553_491),
            (452_947, 4_454_749),
            (452_961, 35_380_000),
            (452_975, 9_945_542),
            (452_995, 18_772_827),
        ];
        let bids = [
            (452_835, 10_000_000),
            (452_834, 154_582_015),
            (452_821, 10_000_000),
            (452_810, 10_000_000),
            (452_803, 154_592_586),
            (452_790, 7_990_000),
            (452_776, 3_310_103),
            (452_775, 30_000_000),
            (452_773, 154_602_737),
            (452_766, 15_445_238),
        ];
        assert_eq!(checksum(&asks, &bids), 3_310_070_434);
    }
}

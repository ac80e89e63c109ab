//! Venues' times as text, to ns UTC.

use crate::model::Nanos;

/// Days from 0000-03-01 to 1970-01-01, in the proleptic Gregorian calendar.
const DAYS_TO_1970: i64 = 719_468;

/// `2021-04-17T16:48:53.365913Z`, with up to nine places or none. A time before 1970 stands for none: venues write the
/// year 1 where they have no time.
pub(crate) fn rfc3339(text: &[u8]) -> Option<Option<Nanos>> {
    let (head, tail) = text.split_at_checked(19)?;
    let at = |place: usize, byte: u8| (head[place] == byte).then_some(());
    at(4, b'-')?;
    at(7, b'-')?;
    at(10, b'T')?;
    at(13, b':')?;
    at(16, b':')?;
    let (year, month, day) = (number(&head[..4])?, number(&head[5..7])?, number(&head[8..10])?);
    let (hour, minute, second) = (number(&head[11..13])?, number(&head[14..16])?, number(&head[17..])?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let fraction = tail.strip_suffix(b"Z").or_else(|| tail.strip_suffix(b"+00:00"))?;
    let ns = match fraction {
        [] => 0,
        [b'.', places @ ..] => billionths(places)?,
        _ => return None,
    };
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    if seconds <= 0 {
        return Some(None);
    }
    Some(Some(Nanos(seconds.checked_mul(1_000_000_000)?.checked_add(ns)?)))
}

/// `1618678133.365913`: seconds since 1970, with up to nine places or none.
pub(crate) fn unix_seconds(text: &[u8]) -> Option<Nanos> {
    let point = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
    let ns = if point == text.len() { 0 } else { billionths(&text[point + 1..])? };
    if point > 10 {
        return None;
    }
    Some(Nanos(number(&text[..point])?.checked_mul(1_000_000_000)?.checked_add(ns)?))
}

/// Years begin in March, so the leap day is the last of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_TO_1970
}

fn billionths(places: &[u8]) -> Option<i64> {
    if places.is_empty() || places.len() > 9 {
        return None;
    }
    (places.len()..9).try_fold(number(places)?, |ns, _| Some(ns * 10))
}

/// Digits and nothing else, few enough not to overflow.
fn number(digits: &[u8]) -> Option<i64> {
    let value = digits
        .iter()
        .try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')));
    value.filter(|_| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_ns_utc() {
        let read = |text: &str| rfc3339(text.as_bytes());
        let at = |ns| Some(Some(Nanos(ns)));
        assert_eq!(read("2021-04-17T16:48:53.365913Z"), at(1_618_678_133_365_913_000));
        assert_eq!(read("2024-02-29T23:59:59Z"), at(1_709_251_199_000_000_000));
        assert_eq!(read("2024-03-01T00:00:00.5Z"), at(1_709_251_200_500_000_000));
        assert_eq!(read("2024-01-08T12:26:39.526146327Z"), at(1_704_716_799_526_146_327));
        assert_eq!(read("2000-01-01T00:00:00+00:00"), at(946_684_800_000_000_000));
        assert_eq!(read("0001-01-01T00:00:00.000000Z"), Some(None));
        assert_eq!(read("1970-01-01T00:00:00Z"), Some(None));
        for refused in [
            "",
            "2021-04-17",
            "2021-04-17T16:48:53",
            "2021-13-17T16:48:53Z",
            "2021-04-17 16:48:53Z",
            "2021-04-17T16:48:53.Z",
            "2021-04-17T16:48:53.1234567890Z",
            "2021-04-17T16:48:53+02:00",
            "2\u{e9}21-04-17T16:48:5Z",
        ] {
            assert_eq!(read(refused), None, "{refused}");
        }
    }

    #[test]
    fn seconds_are_ns_utc() {
        let read = |text: &str| unix_seconds(text.as_bytes()).map(|time| time.0);
        assert_eq!(read("1618678133.365913"), Some(1_618_678_133_365_913_000));
        assert_eq!((read("1618678133"), read("0.5")), (Some(1_618_678_133_000_000_000), Some(500_000_000)));
        for refused in ["", ".5", "1.", "-1", "1e9", "99999999999", "9999999999.9", "1.2.3"] {
            assert_eq!(read(refused), None, "{refused}");
        }
    }
}

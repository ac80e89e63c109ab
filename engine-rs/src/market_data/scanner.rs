//! A cursor over JSON text whose shape is known. It confirms every byte that it passes; the first surprise is `None`,
//! and a slower reader takes over.

/// What is left of a frame.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    pub(crate) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Goes on after `count` bytes that the caller has looked at.
    #[inline]
    pub(crate) fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// Passes exactly this text.
    #[inline(always)]
    pub(crate) fn expect(&mut self, literal: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(literal)?;
        Some(())
    }

    /// Passes one byte, whatever it is.
    #[inline]
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// An unsigned integer as JSON writes it: no sign, no leading zero; at most 19 digits, so that it cannot overflow.
    #[inline]
    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        let mut digits = 0;
        while let Some(byte @ b'0'..=b'9') = self.rest.get(digits) {
            value = value.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
            digits += 1;
        }
        let leading_zero = digits > 1 && self.rest[0] == b'0';
        if digits == 0 || digits > 19 || leading_zero {
            return None;
        }
        self.skip(digits);
        Some(value)
    }

    /// Passes a number of any notation that JSON has.
    #[inline]
    pub(crate) fn number(&mut self) -> Option<()> {
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut length = usize::from(self.rest.first() == Some(&b'-'));
        let whole = digits(&self.rest[length..]);
        if whole == 0 || (whole > 1 && self.rest[length] == b'0') {
            return None;
        }
        length += whole;
        if self.rest.get(length) == Some(&b'.') {
            let places = digits(&self.rest[length + 1..]);
            length += 1 + places;
            (places > 0).then_some(())?;
        }
        if matches!(self.rest.get(length), Some(b'e' | b'E')) {
            length += 1 + usize::from(matches!(self.rest.get(length + 1), Some(b'+' | b'-')));
            let power = digits(self.rest.get(length..)?);
            length += power;
            (power > 0).then_some(())?;
        }
        self.skip(length);
        Some(())
    }

    /// A number or a plain string, as the text that it is without its quotes.
    #[inline]
    pub(crate) fn scalar(&mut self) -> Option<&'a [u8]> {
        if self.expect(b"\"").is_some() {
            return self.word();
        }
        let text = self.rest;
        self.number()?;
        Some(&text[..text.len() - self.rest.len()])
    }

    /// `true` or `false`.
    #[inline]
    pub(crate) fn boolean(&mut self) -> Option<bool> {
        if self.expect(b"true").is_some() { Some(true) } else { self.expect(b"false").map(|()| false) }
    }

    /// The rest of a string whose opening quote is passed: plain ASCII without escapes.
    #[inline]
    pub(crate) fn word(&mut self) -> Option<&'a [u8]> {
        let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        let length = self.rest.iter().position(|byte| !plain(byte))?;
        let (word, tail) = self.rest.split_at(length);
        self.rest = tail.strip_prefix(b"\"")?;
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_those_of_json() {
        let read = |text: &'static str| Scanner::new(text.as_bytes()).unsigned();
        assert_eq!(read("0,"), Some(0));
        assert_eq!(read("50093239189}"), Some(50_093_239_189));
        assert_eq!(read("9999999999999999999"), Some(9_999_999_999_999_999_999));
        for refused in ["", "-1", "01", "00", "10000000000000000000000", "x"] {
            assert_eq!(read(refused), None, "{refused}");
        }
    }

    #[test]
    fn numbers_are_those_of_json() {
        for text in ["0", "-1", "10.05", "1e-05", "-0.5E+3", "01", "1.", ".5", "1e", "-", "", "1e+", "NaN"] {
            let frame = format!("{text},");
            let mut scanner = Scanner::new(frame.as_bytes());
            let passed = scanner.number().is_some() && scanner.rest() == b",";
            assert_eq!(passed, serde_json::from_str::<serde_json::Number>(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn words_end_at_the_quote_and_hold_nothing_odd() {
        let read = |text: &'static [u8]| Scanner::new(text).word();
        assert_eq!(read(b"btcusdt@trade\","), Some(&b"btcusdt@trade"[..]));
        for refused in [&b"no end"[..], b"esc\\u0041\"", b"tab\t\"", b"\xc3\xa9\""] {
            assert_eq!(read(refused), None);
        }
    }
}

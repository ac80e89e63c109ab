//! Scheme, host and port of a venue's server.

use std::fmt;

use thiserror::Error;

/// Where to connect to, and whether through TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// wss or https.
    pub tls: bool,
    /// Name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// Why a text is no endpoint.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?} is no address: it must be ws://, wss://, http:// or https:// with a host, and a port if need be"
)]
pub struct EndpointError(String);

impl Endpoint {
    /// Reads `wss://stream.binance.com:9443` and the like.
    ///
    /// # Errors
    /// On another scheme, without a host, or with a path.
    pub fn parse(text: &str) -> Result<Endpoint, EndpointError> {
        let refuse = || EndpointError(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(refuse)?;
        let (tls, default_port) = match scheme {
            "ws" | "http" => (false, 80),
            "wss" | "https" => (true, 443),
            _ => return Err(refuse()),
        };
        let place = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match place.strip_prefix('[') {
            Some(bracketed) => bracketed.split_once(']').ok_or_else(refuse)?,
            None => place.split_at(place.find(':').unwrap_or(place.len())),
        };
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
        if host.is_empty() || !host.bytes().all(legal) {
            return Err(refuse());
        }
        let port = match port.strip_prefix(':') {
            Some(digits) => digits.parse().map_err(|_| refuse())?,
            None if port.is_empty() => default_port,
            None => return Err(refuse()),
        };
        Ok(Endpoint { tls, host: host.to_owned(), port })
    }

    /// The value of the Host header.
    #[must_use]
    pub fn authority(&self) -> String {
        let default_port = if self.tls { 443 } else { 80 };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == default_port { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_venues_and_simulators_have_them() {
        let parsed = |text| Endpoint::parse(text).map(|e| (e.tls, e.authority()));
        assert_eq!(parsed("wss://stream.binance.com:9443"), Ok((true, "stream.binance.com:9443".into())));
        assert_eq!(parsed("https://api.binance.com/"), Ok((true, "api.binance.com".into())));
        assert_eq!(parsed("ws://127.0.0.1:8080"), Ok((false, "127.0.0.1:8080".into())));
        assert_eq!(parsed("http://[::1]:81"), Ok((false, "[::1]:81".into())));
        for bad in [
            "",
            "stream.binance.com",
            "ftp://x",
            "wss://",
            "wss://host/path",
            "ws://host:99999",
            "ws://h:",
            "ws://u@h",
            "ws://[::1",
        ] {
            assert!(Endpoint::parse(bad).is_err(), "{bad}");
        }
    }
}

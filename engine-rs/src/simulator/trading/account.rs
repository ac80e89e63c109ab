//! Who may trade and with how much.

use std::str::FromStr;

use data_encoding::BASE64;
use ring::signature::{Ed25519KeyPair, KeyPair};
use thiserror::Error;

use crate::model::Money;
use crate::simulator::order_entry::{Account, Secret};
use crate::simulator::wire::parse_decimal;

/// The account that a simulator has unless another is given. Nothing of it is secret.
#[derive(Clone, Copy, Debug)]
pub struct DemoAccount {
    /// Its API key.
    pub api_key: &'static str,
    /// Signs with HMAC-SHA256 …
    pub secret: &'static str,
    /// … or, the 32 bytes of a private key, with Ed25519: both are accepted.
    pub seed: [u8; 32],
    /// What it holds. Coins as well: on a spot venue only what is held can be sold.
    pub cash: &'static str,
}

/// Of every simulator.
pub const DEMO_ACCOUNT: DemoAccount = DemoAccount {
    api_key: "demo",
    secret: "demo-secret",
    seed: *b"pyrt demo account, not a secret.",
    cash: "USDT:100000+BTC:10+ETH:100",
};

impl DemoAccount {
    /// The Ed25519 key as the text of a PEM file (PKCS#8).
    #[must_use]
    pub fn pem(&self) -> String {
        const HEAD: [u8; 16] = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
        let body = BASE64.encode(&[&HEAD[..], &self.seed].concat());
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    }
}

/// Why an account cannot be had.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AccountError {
    /// A part that is none.
    #[error("{0:?} must be one of key=…, secret=…, public=…, cash=ASSET:AMOUNT+ASSET:AMOUNT")]
    Part(String),
    /// No key, or nothing to check its signatures with.
    #[error(
        "an account needs key=… and secret=… (HMAC) or public=… (Ed25519), or neither for the demo account's"
    )]
    Incomplete,
    /// The key would not survive JSON or a signature's payload.
    #[error("key {0:?}: must be letters and digits")]
    Key(String),
    /// Not a public key.
    #[error("public {0:?}: must be the base64 of an Ed25519 public key, 32 bytes or the 44 of its PEM file")]
    Public(String),
    /// Not an amount.
    #[error(
        "cash {0:?}: must be ASSET:AMOUNT, such as USDT:100000, with at most 8 decimal places, below 10^10"
    )]
    Cash(String),
}

/// An account of the venue.
#[derive(Clone, Debug)]
pub struct AccountOptions {
    /// Its key, and how signatures are checked.
    pub account: Account,
    /// What it holds at the beginning, by asset.
    pub cash: Vec<(String, Money)>,
}

impl Default for AccountOptions {
    fn default() -> Self {
        let DemoAccount { api_key, secret, seed, cash } = DEMO_ACCOUNT;
        let mut secrets = vec![Secret::Hmac(secret.into())];
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok();
        secrets.extend(pair.and_then(|pair| pair.public_key().as_ref().try_into().ok()).map(Secret::Ed25519));
        let account = Account { api_key: api_key.to_owned(), secret: Secret::Any(secrets) };
        AccountOptions { account, cash: parse_cash(cash).unwrap_or_default() }
    }
}

impl FromStr for AccountOptions {
    type Err = AccountError;

    /// From `key=abc,secret=xyz,cash=USDT:100000+BTC:1`; what is left out is the demo account's.
    fn from_str(text: &str) -> Result<AccountOptions, AccountError> {
        let mut options = AccountOptions::default();
        let (mut key, mut secrets) = (None, Vec::new());
        for part in text.split(',').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("key", value)) => key = Some(value.to_owned()),
                Some(("secret", value)) if !value.is_empty() => secrets.push(Secret::Hmac(value.into())),
                Some(("public", value)) => secrets.push(Secret::Ed25519(parse_public(value)?)),
                Some(("cash", value)) => options.cash = parse_cash(value)?,
                _ => return Err(AccountError::Part(part.to_owned())),
            }
        }
        match (key, secrets.is_empty()) {
            (None, true) => Ok(options),
            (Some(api_key), false) => {
                if api_key.is_empty() || !api_key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                    return Err(AccountError::Key(api_key));
                }
                options.account = Account { api_key, secret: Secret::Any(secrets) };
                Ok(options)
            }
            _ => Err(AccountError::Incomplete),
        }
    }
}

fn parse_public(text: &str) -> Result<[u8; 32], AccountError> {
    const PEM_HEAD: usize = 12;
    let bytes = BASE64.decode(text.as_bytes()).unwrap_or_default();
    let key = if bytes.len() == PEM_HEAD + 32 { &bytes[PEM_HEAD..] } else { &bytes };
    key.try_into().map_err(|_| AccountError::Public(text.to_owned()))
}

fn parse_cash(text: &str) -> Result<Vec<(String, Money)>, AccountError> {
    /// Money's units in one of the wire's.
    const UNIT: i128 = 10_i128.pow(10);
    let amount = |part: &str| {
        let (asset, amount) = part.split_once(':')?;
        let named = !asset.is_empty() && asset.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let units = parse_decimal(amount).filter(|units| named && *units < 1_000_000_000_000_000_000)?;
        Some((asset.to_owned(), Money(i128::from(units) * UNIT)))
    };
    text.split('+').map(|part| amount(part).ok_or_else(|| AccountError::Cash(part.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_and_what_is_none_is_named() {
        let read = |text: &str| text.parse::<AccountOptions>();
        let demo = AccountOptions::default();
        assert_eq!((demo.account.api_key.as_str(), demo.cash.len()), ("demo", 3));
        assert!(matches!(&demo.account.secret, Secret::Any(both) if both.len() == 2));
        let mine = read("key=me,secret=s=1,cash=USDT:0.5").unwrap();
        assert_eq!(mine.account.api_key, "me");
        assert_eq!(mine.cash, [("USDT".to_owned(), Money(5 * 10_i128.pow(17)))]);
        assert_eq!(read("cash=BTC:1").unwrap().account.api_key, "demo");
        let public = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="; // RFC 8032, section 7.1, TEST 1
        assert!(read(&format!("key=me,public={public}")).is_ok());
        for (text, words) in [
            ("key=me", "needs key"),
            ("secret=x", "needs key"),
            ("key=m e,secret=x", "letters and digits"),
            ("key=me,public=AAAA", "base64"),
            ("cash=USDT", "ASSET:AMOUNT"),
            ("cash=USDT:-1", "ASSET:AMOUNT"),
            ("money=1", "one of key"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}

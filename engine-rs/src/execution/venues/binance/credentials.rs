//! An API key and the private key that signs for it.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use ring::hmac;
use ring::signature::Ed25519KeyPair;
use thiserror::Error;

/// Why a private key cannot be used. The key itself is never shown.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// Not the text of a key.
    #[error("the private key is no PEM text: it must begin with -----BEGIN PRIVATE KEY-----")]
    Pem,
    /// Not an Ed25519 key.
    #[error("the private key is no Ed25519 key in PKCS#8 form (openssl genpkey -algorithm ed25519)")]
    Kind,
    /// The API key is not what the venue gives.
    #[error("the API key must be letters and digits")]
    ApiKey,
}

/// Who trades.
pub struct Credentials {
    api_key: String,
    key: Key,
}

enum Key {
    Ed25519(Ed25519KeyPair),
    Shared(Vec<u8>),
}

impl Credentials {
    /// From the text of a PEM file.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_pem(api_key: &str, pem: &str) -> Result<Credentials, KeyError> {
        let body = pem.split("-----BEGIN PRIVATE KEY-----").nth(1).ok_or(KeyError::Pem)?;
        let body: String = body.split("-----END").next().unwrap_or_default().split_whitespace().collect();
        let der = BASE64.decode(body.as_bytes()).map_err(|_| KeyError::Pem)?;
        Self::new(api_key, Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map_err(|_| KeyError::Kind)?)
    }

    /// From the 32 bytes of a private key: tests and simulators make their own.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_seed(api_key: &str, seed: &[u8]) -> Result<Credentials, KeyError> {
        Self::new(api_key, Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Kind)?)
    }

    /// From a secret that the venue knows too: simulators take it for sessions, the venue does not.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_secret(api_key: &str, secret: &str) -> Result<Credentials, KeyError> {
        Self::made(api_key, Key::Shared(secret.as_bytes().to_vec()))
    }

    fn new(api_key: &str, key: Ed25519KeyPair) -> Result<Credentials, KeyError> {
        Self::made(api_key, Key::Ed25519(key))
    }

    fn made(api_key: &str, key: Key) -> Result<Credentials, KeyError> {
        let plain = !api_key.is_empty() && api_key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if plain { Ok(Credentials { api_key: api_key.to_owned(), key }) } else { Err(KeyError::ApiKey) }
    }

    /// The API key, which is no secret.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// The signature of a payload: base64, or of a shared secret hexadecimal digits.
    #[must_use]
    pub fn sign(&self, payload: &[u8]) -> String {
        match &self.key {
            Key::Ed25519(key) => BASE64.encode(key.sign(payload).as_ref()),
            Key::Shared(secret) => hmac_sha256_hex(secret, payload),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// The signature of a payload by a shared secret, in hexadecimal digits: the older kind of key. Sessions need Ed25519.
#[must_use]
pub fn hmac_sha256_hex(secret: &[u8], payload: &[u8]) -> String {
    HEXLOWER.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), payload).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_request_has_the_documented_signature() {
        let payload = "apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&price=52000.00\
                       &quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC\
                       &timestamp=1645423376532&type=LIMIT";
        let secret = b"NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
        assert_eq!(
            hmac_sha256_hex(secret, payload.as_bytes()),
            "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"
        );
    }

    #[test]
    fn ed25519_signs_as_rfc_8032_says() {
        // RFC 8032, section 7.1, TEST 2
        let seed = data_encoding::HEXLOWER
            .decode(b"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
            .unwrap();
        let signature =
            BASE64.decode(Credentials::from_seed("k", &seed).unwrap().sign(&[0x72]).as_bytes()).unwrap();
        let expected = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                        085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(HEXLOWER.encode(&signature), expected);
    }

    #[test]
    fn a_pem_file_is_read_and_no_error_shows_it() {
        // as `openssl genpkey -algorithm ed25519` writes it: PKCS#8 without the public key
        let mut der = HEXLOWER.decode(b"302e020100300506032b657004220420").unwrap();
        der.extend([7; 32]);
        let pem =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64.encode(&der));
        let key = Credentials::from_pem("abc", &pem).unwrap();
        assert_eq!(key.sign(b"x"), Credentials::from_seed("abc", &[7; 32]).unwrap().sign(b"x"));
        assert_eq!(format!("{key:?}"), "Credentials { .. }");
        assert_eq!(Credentials::from_pem("abc", "nothing").unwrap_err(), KeyError::Pem);
        assert_eq!(Credentials::from_pem("abc", &pem.replace("MC4C", "MC4D")).unwrap_err(), KeyError::Kind);
        assert_eq!(Credentials::from_seed("a\"b", &[7; 32]).unwrap_err(), KeyError::ApiKey);
    }
}

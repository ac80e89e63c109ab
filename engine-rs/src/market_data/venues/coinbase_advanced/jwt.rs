//! A subscription signed by a key of the Coinbase developer platform: a token (JWT) of two minutes in each message.

use std::fmt;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use thiserror::Error;

use crate::model::Nanos;

/// How long a token is good for, in seconds.
const LIFE: i64 = 120;
/// Before the private key of a key in the older form: version, then an octet string of 32 bytes.
const SEC1: [u8; 7] = [0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20];
/// `PrivateKeyInfo` of P-256 around the older form of 121 bytes.
const PKCS8: [u8; 29] = [
    0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d,
];

/// Why a key cannot be used. The key itself is never shown.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CloudKeyError {
    /// It is no text of a key.
    #[error(
        "the private key is no PEM text (-----BEGIN EC PRIVATE KEY----- or -----BEGIN PRIVATE KEY-----) and no base64 of \
         64 bytes"
    )]
    Text,
    /// It is the text of another kind of key.
    #[error("the private key is neither ECDSA P-256 (ES256) nor Ed25519")]
    Kind,
    /// Its name cannot be written into a token.
    #[error("the key's name must be printable and without quotes, such as organizations/…/apiKeys/…")]
    Name,
    /// The machine gives no random numbers.
    #[error("no random numbers to sign with")]
    Random,
}

enum Private {
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// The name of a key, and its private half.
pub struct CloudKey {
    name: String,
    private: Private,
    random: SystemRandom,
}

impl CloudKey {
    /// From its name and the text of its private half, as the platform gives them: PEM (ES256, in either form), or base64 of
    /// an Ed25519 key's 64 bytes. `\n` written out, as in a variable, is a line's end.
    ///
    /// # Errors
    /// [`CloudKeyError`]
    pub fn new(name: &str, private: &str) -> Result<CloudKey, CloudKeyError> {
        let plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(CloudKeyError::Name);
        }
        let random = SystemRandom::new();
        let private = read(&private.replace("\\n", "\n"), &random)?;
        Ok(CloudKey { name: name.to_owned(), private, random })
    }

    /// A token that is good from this time on.
    ///
    /// # Errors
    /// [`CloudKeyError::Random`]
    pub fn token(&self, now: Nanos) -> Result<String, CloudKeyError> {
        let mut nonce = [0; 16];
        self.random.fill(&mut nonce).map_err(|_| CloudKeyError::Random)?;
        let (name, since) = (&self.name, now.0.div_euclid(1_000_000_000));
        let algorithm = if matches!(self.private, Private::Es256(_)) { "ES256" } else { "EdDSA" };
        let nonce = HEXLOWER.encode(&nonce);
        let head = format!(r#"{{"alg":"{algorithm}","typ":"JWT","kid":"{name}","nonce":"{nonce}"}}"#);
        let until = since + LIFE;
        let claims = format!(r#"{{"sub":"{name}","iss":"cdp","nbf":{since},"exp":{until}}}"#);
        let signed = [head, claims].map(|part| BASE64URL_NOPAD.encode(part.as_bytes())).join(".");
        let signature = match &self.private {
            Private::Es256(key) => {
                let made = key.sign(&self.random, signed.as_bytes()).map_err(|_| CloudKeyError::Random)?;
                BASE64URL_NOPAD.encode(made.as_ref())
            }
            Private::Ed25519(key) => BASE64URL_NOPAD.encode(key.sign(signed.as_bytes()).as_ref()),
        };
        Ok(format!("{signed}.{signature}"))
    }

    /// A message to the venue with a token in it.
    ///
    /// # Errors
    /// [`CloudKeyError::Random`]
    pub fn sign(&self, message: &str, now: Nanos) -> Result<String, CloudKeyError> {
        let body = message.strip_suffix('}').unwrap_or(message);
        Ok(format!(r#"{body},"jwt":"{}"}}"#, self.token(now)?))
    }
}

/// Neither in logs nor in errors.
impl fmt::Debug for CloudKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudKey").field("name", &self.name).finish_non_exhaustive()
    }
}

fn read(text: &str, random: &SystemRandom) -> Result<Private, CloudKeyError> {
    let Some((_, body)) = text.split_once("PRIVATE KEY-----") else {
        let bytes = BASE64.decode(text.trim().as_bytes()).map_err(|_| CloudKeyError::Text)?;
        let (seed, public) = bytes.split_at_checked(32).ok_or(CloudKeyError::Text)?;
        let pair = Ed25519KeyPair::from_seed_and_public_key(seed, public);
        return pair.map(Private::Ed25519).map_err(|_| CloudKeyError::Kind);
    };
    let body: String = body.split("-----END").next().unwrap_or_default().split_whitespace().collect();
    let der = BASE64.decode(body.as_bytes()).map_err(|_| CloudKeyError::Text)?;
    let es256 = |der: &[u8]| EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, random).ok();
    let pair =
        if der.starts_with(&SEC1) { es256(&wrapped(&der).ok_or(CloudKeyError::Kind)?) } else { es256(&der) };
    pair.map(Private::Es256)
        .or_else(|| Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).ok().map(Private::Ed25519))
        .ok_or(CloudKeyError::Kind)
}

/// A key in the older form (SEC 1, of P-256) in the newer one, which `ring` reads: without the name of its curve, which is
/// outside there.
fn wrapped(der: &[u8]) -> Option<Vec<u8>> {
    let private = der.get(7..39)?;
    // [0] the curve's name, twelve bytes; [1] the public key: a bit string of 66 bytes.
    let public =
        der.get(51..121).filter(|public| public.starts_with(&[0xa1, 0x44, 0x03, 0x42, 0x00, 0x04]))?;
    let mut wrapped = PKCS8.to_vec();
    wrapped.extend([0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20]);
    wrapped.extend(private);
    wrapped.extend(public);
    Some(wrapped)
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, KeyPair, UnparsedPublicKey};

    use super::*;

    fn pem(name: &str, der: &[u8]) -> String {
        format!("-----BEGIN {name}-----\n{}\n-----END {name}-----\n", BASE64.encode(der))
    }

    /// The same key in the older form.
    fn sec1(pkcs8: &[u8]) -> Vec<u8> {
        let inner = &pkcs8[PKCS8.len()..];
        let mut der = SEC1.to_vec();
        der.extend(&inner[7..39]);
        der.extend([0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
        der.extend(&inner[39..]);
        der
    }

    fn parts(token: &str) -> [String; 2] {
        let mut parts = token.split('.').map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap());
        [(); 2].map(|()| String::from_utf8(parts.next().unwrap()).unwrap())
    }

    #[test]
    fn a_token_says_who_until_when_and_is_signed() {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random).unwrap();
        let old = pem("EC PRIVATE KEY", &sec1(made.as_ref()));
        for text in [pem("PRIVATE KEY", made.as_ref()), old.clone(), old.replace('\n', "\\n")] {
            let key = CloudKey::new("organizations/o/apiKeys/k", &text).unwrap();
            let token = key.token(Nanos(1_700_000_000_900_000_000)).unwrap();
            let [head, claims] = parts(&token);
            assert!(
                head.starts_with(r#"{"alg":"ES256","typ":"JWT","kid":"organizations/o/apiKeys/k","nonce":""#)
            );
            assert_eq!(
                claims,
                r#"{"sub":"organizations/o/apiKeys/k","iss":"cdp","nbf":1700000000,"exp":1700000120}"#
            );
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
            assert_eq!(signature.len(), 64, "r and s, and nothing around them");
            let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
            public.verify(signed.as_bytes(), &signature).unwrap();
            assert!(public.verify(claims.as_bytes(), &signature).is_err());
            assert_ne!(key.token(Nanos(0)).unwrap(), key.token(Nanos(0)).unwrap(), "a nonce each");
            assert!(!format!("{key:?}").contains("Private"), "{key:?}");
        }
    }

    #[test]
    fn an_ed25519_key_signs_too() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let text = BASE64.encode(&[&[7; 32][..], pair.public_key().as_ref()].concat());
        let message = CloudKey::new("k", &text).unwrap().sign(r#"{"type":"subscribe"}"#, Nanos(0)).unwrap();
        let token =
            message.strip_prefix(r#"{"type":"subscribe","jwt":""#).unwrap().strip_suffix("\"}").unwrap();
        assert!(parts(token)[0].contains(r#""alg":"EdDSA""#));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref())
            .verify(signed.as_bytes(), &signature)
            .unwrap();
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_shown() {
        let broken = [
            ("", CloudKeyError::Text),
            ("secret", CloudKeyError::Text),
            ("AAAA", CloudKeyError::Text),
            ("-----BEGIN PRIVATE KEY-----\nsecret!\n-----END PRIVATE KEY-----", CloudKeyError::Text),
            ("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----", CloudKeyError::Kind),
            (
                "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA==\n-----END EC PRIVATE KEY-----",
                CloudKeyError::Kind,
            ),
        ];
        for (text, error) in broken {
            assert_eq!(CloudKey::new("k", text).unwrap_err(), error, "{text}");
            assert!(!error.to_string().contains("secret"));
        }
        let zeroes = BASE64.encode(&[0; 64]);
        assert!(CloudKey::new("k", &zeroes).is_err(), "its halves do not belong together");
        assert_eq!(CloudKey::new("a\"b", &zeroes).unwrap_err(), CloudKeyError::Name);
    }
}

//! An enrolment token: a key that signs one enrolment, and the server's key that the machine then trusts.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::catalogue::hex;

const MARK: &str = "rfe1_";

/// What an operator gives to a machine. Neither a reader of the network nor one of the server's store can make it from what they see:
/// the token never travels, and the store has a digest of the public half alone.
#[derive(Clone)]
pub struct Token {
    key: SigningKey,
    server: VerifyingKey,
}

/// What the store knows of a token: SHA-256 over its public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenKey([u8; 32]);

/// Not a token. Does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("it is no enrolment token: those begin with `{MARK}`")]
    Mark,
    #[error("the token was cut or changed on its way: copy it whole")]
    Damaged,
}

impl Token {
    /// A token from 32 random bytes, for the server with this public key.
    pub fn new(seed: &[u8; 32], server: VerifyingKey) -> Self {
        Self { key: SigningKey::from_bytes(seed), server }
    }

    /// The token as text, for the one who is to enrol. It is a secret.
    pub fn reveal(&self) -> String {
        let mut bytes = [self.key.to_bytes(), self.server.to_bytes()].concat();
        let check = check(&bytes);
        bytes.extend_from_slice(&check);
        format!("{MARK}{}", BASE64.encode(bytes))
    }

    /// The key of the server that the machine is to trust.
    pub fn server(&self) -> &VerifyingKey {
        &self.server
    }

    pub fn digest(&self) -> TokenKey {
        TokenKey::of(&self.key.verifying_key())
    }

    pub(super) fn key(&self) -> &SigningKey {
        &self.key
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let rest = text.trim().strip_prefix(MARK).ok_or(TokenError::Mark)?;
        let bytes = BASE64.decode(rest).map_err(|_| TokenError::Damaged)?;
        let (keys, sum) = bytes.split_at_checked(64).ok_or(TokenError::Damaged)?;
        if sum != check(keys) {
            return Err(TokenError::Damaged);
        }
        let (seed, server) = keys.split_at(32);
        let seed: [u8; 32] = seed.try_into().map_err(|_| TokenError::Damaged)?;
        let server: [u8; 32] = server.try_into().map_err(|_| TokenError::Damaged)?;
        let server = VerifyingKey::from_bytes(&server).map_err(|_| TokenError::Damaged)?;
        Ok(Self::new(&seed, server))
    }
}

fn check(bytes: &[u8]) -> [u8; 4] {
    let hash = Sha256::digest(bytes);
    let mut sum = [0; 4];
    sum.iter_mut().zip(hash.iter()).for_each(|(to, from)| *to = *from);
    sum
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.digest())
    }
}

impl TokenKey {
    pub(super) fn of(key: &VerifyingKey) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

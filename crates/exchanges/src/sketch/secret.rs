//! The deployment secret, and the keyed hashes derived from it, one per column.

use std::{fmt, hash::Hasher, str::FromStr};

use siphasher::sip::{SipHasher13, SipHasher24};

/// 32 random bytes that key every hash of one deployment.
///
/// Whoever holds it can test a guess of a prompt against a sketch, so it is kept like a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

/// Why a text is no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("secret has {digits} characters; it is 64 hexadecimal digits")]
    Length { digits: usize },
    #[error("secret has a character that is no hexadecimal digit at position {position}")]
    Digit { position: usize },
}

impl Secret {
    /// From bytes that a caller drew from a cryptographic source.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Result<Self, SecretError> {
        let digits = text.chars().count();
        if digits != 64 {
            return Err(SecretError::Length { digits });
        }
        let mut bytes = [0; 32];
        for (position, c) in text.chars().enumerate() {
            let digit = c.to_digit(16).ok_or(SecretError::Digit { position })?;
            bytes[position / 2] = bytes[position / 2] << 4 | u8::try_from(digit).expect("a hexadecimal digit is < 16");
        }
        Ok(Self(bytes))
    }

    /// 64 lower-case hexadecimal digits, for the file that keeps the secret.
    pub fn to_hex(&self) -> String {
        self.0.iter().flat_map(|b| [b >> 4, b & 15]).map(|d| char::from(b"0123456789abcdef"[usize::from(d)])).collect()
    }

    fn word(&self, index: usize) -> u64 {
        let bytes = self.0[index * 8..index * 8 + 8].try_into().expect("eight bytes were cut");
        u64::from_le_bytes(bytes)
    }
}

impl FromStr for Secret {
    type Err = SecretError;
    fn from_str(text: &str) -> Result<Self, SecretError> {
        Self::from_hex(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// The keyed SipHash-1-3 of one column.
///
/// Each 64-bit half of its key is SipHash-2-4 of the column's name under one half of the secret.
#[derive(Clone)]
pub(crate) struct ColumnHash(SipHasher13);

impl ColumnHash {
    pub(crate) fn new(secret: &Secret, column: &str) -> Self {
        let half = |i: usize| {
            let name = format!("ringfence.column.v1/{column}");
            SipHasher24::new_with_keys(secret.word(i), secret.word(i + 1)).hash(name.as_bytes())
        };
        Self(SipHasher13::new_with_keys(half(0), half(2)))
    }

    pub(crate) fn bytes(&self, bytes: &[u8]) -> u64 {
        self.0.hash(bytes)
    }

    /// Hash of the words as little-endian bytes.
    pub(crate) fn words(&self, words: impl IntoIterator<Item = u64>) -> u64 {
        let mut words = words.into_iter();
        let mut chunk = [0u8; CHUNK];
        let used = fill(&mut chunk, &mut words);
        if used < CHUNK {
            return self.bytes(&chunk[..used]);
        }
        let mut hasher = self.0;
        hasher.write(&chunk);
        loop {
            let used = fill(&mut chunk, &mut words);
            hasher.write(&chunk[..used]);
            if used < CHUNK {
                return hasher.finish();
            }
        }
    }
}

/// One more word than most hashes are made of.
const CHUNK: usize = 17 * 8;

/// Fills the chunk from the front; the number of bytes filled.
fn fill(chunk: &mut [u8; CHUNK], words: &mut impl Iterator<Item = u64>) -> usize {
    let mut used = 0;
    for (to, word) in chunk.chunks_exact_mut(8).zip(words) {
        to.copy_from_slice(&word.to_le_bytes());
        used += 8;
    }
    used
}

/// Secret constants of the fast inner hash of tokens and shingles.
///
/// Its values never leave the process: a column stores SipHash-1-3 of them.
#[derive(Clone)]
pub(crate) struct Mixer([u64; 8]);

/// Zero bytes that must follow a text, so that a token's last word can be read whole.
pub(crate) const PADDING: usize = 8;

impl Mixer {
    pub(crate) fn new(secret: &Secret) -> Self {
        let hash = ColumnHash::new(secret, "mixer");
        Self(std::array::from_fn(|i| hash.words([i as u64])))
    }

    /// Hash of `text[start..end]`; `text` goes on for at least [`PADDING`] bytes.
    #[inline]
    pub(crate) fn span(&self, text: &[u8], start: usize, end: usize) -> u64 {
        let load = |at: usize| u64::from_le_bytes(text[at..at + 8].try_into().expect("eight bytes were cut"));
        let length = end - start;
        if length <= 8 {
            return self.short(load(start), length);
        }
        let mut state = self.0[2] ^ length as u64;
        let mut at = start;
        while end - at > 16 {
            state = fold(load(at) ^ self.0[0], load(at + 8) ^ state);
            at += 16;
        }
        // Both loads stay inside the span or overlap what was read: the length makes that unambiguous.
        let last = end - 8;
        fold(load(at.min(last)) ^ self.0[0], load(last) ^ state)
    }

    /// The same for the first one to eight bytes of a word.
    #[inline]
    pub(crate) fn short(&self, word: u64, length: usize) -> u64 {
        fold(word & (u64::MAX >> (64 - 8 * length)) ^ self.0[0], self.0[1] ^ length as u64)
    }

    /// Hash of two neighbouring tokens.
    #[inline]
    pub(crate) fn pair(&self, a: u64, b: u64) -> u64 {
        fold(a ^ self.0[3], b ^ self.0[4])
    }

    /// Hash of a shingle from two parts that are hashes themselves.
    #[inline]
    pub(crate) fn shingle(&self, a: u64, b: u64) -> u64 {
        fold(a ^ self.0[5], b ^ self.0[6])
    }

    /// The stand-in for a masked token.
    pub(crate) fn constant(&self, index: u64) -> u64 {
        fold(self.0[7] ^ index, self.0[3].rotate_left(17) ^ 0x9e37_79b9_7f4a_7c15)
    }
}

/// Both halves of the 128-bit product, folded.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

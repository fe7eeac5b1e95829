//! Signed notes and their keys, as in C2SP signed-note, with Ed25519 (type 0x01) only.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// The most bytes of a note; sixteen post-quantum signatures fit.
pub const MAX_NOTE: usize = 256 << 10;

const ED25519: u8 = 1;
const MAX_SIGNATURES: usize = 64;
const SECRET: &str = "PRIVATE+KEY+";
const DASH: &str = "\u{2014} ";

/// The name of a key and of the ledger that it signs: an address without scheme, such as `example.com/ringfence`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// What a third party checks with; in text `name+hash+base64`.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: Name,
    id: [u8; 4],
    key: VerifyingKey,
}

/// What signs; its text is a secret, its `Debug` shows only the name.
#[derive(Clone)]
pub struct SecretKey {
    public: PublicKey,
    key: SigningKey,
}

/// A text that is no name of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name of a ledger; write one like `example.com/ledger`, up to {max} bytes without spaces and `+`", max = Name::MAX)]
pub struct NameError(String);

/// A text that is no key. Says nothing of the text, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("this is no key; a public key reads `name+hash+base64`, a secret one `PRIVATE+KEY+name+hash+base64`")]
    Shape,
    #[error("the name in the key is not sound")]
    Name(#[source] NameError),
    #[error("the key is not of type Ed25519")]
    Type,
    #[error("the key is no point of Ed25519 that may be used")]
    Point,
    #[error("the hash in the key does not belong to its name and bytes; copy it again")]
    Id,
}

/// A note that is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("the note has {0} bytes, which is more than {MAX_NOTE}")]
    TooLong(usize),
    #[error("the note has a control character")]
    Control,
    #[error("the note does not end in an empty line and signatures")]
    Shape,
    #[error("line {0} of the signatures is not `\u{2014} name base64`")]
    Line(usize),
    #[error("the note has more than {MAX_SIGNATURES} signatures")]
    TooMany,
    #[error("the note has no signature of `{0}`; see whether this is the right key")]
    NotSigned(String),
    #[error("the signature of `{0}` does not fit the text: one of them was changed")]
    Forged(String),
}

impl Name {
    /// The most bytes of a name.
    pub const MAX: usize = 200;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if text.is_empty() || text.len() > Self::MAX || text.contains(bad) {
            return Err(NameError(text.chars().take(60).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PublicKey {
    fn new(name: Name, key: VerifyingKey) -> Self {
        let hash =
            Sha256::new().chain_update(&name.0).chain_update([b'\n', ED25519]).chain_update(key.as_bytes()).finalize();
        let id = hash.first_chunk().copied().unwrap_or_default();
        Self { name, id, key }
    }

    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The text of a note that this key signed, with its last line break.
    ///
    /// Signatures of other keys, such as those of witnesses, do not matter.
    pub fn open<'n>(&self, note: &'n str) -> Result<&'n str, NoteError> {
        if note.len() > MAX_NOTE {
            return Err(NoteError::TooLong(note.len()));
        }
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(NoteError::Control);
        }
        let at = note.rfind("\n\n").ok_or(NoteError::Shape)? + 1;
        let (text, rest) = note.split_at_checked(at).ok_or(NoteError::Shape)?;
        let lines = rest.strip_prefix('\n').and_then(|rest| rest.strip_suffix('\n')).ok_or(NoteError::Shape)?;
        let mut signed = false;
        for (at, line) in lines.split('\n').enumerate() {
            if at >= MAX_SIGNATURES {
                return Err(NoteError::TooMany);
            }
            signed |= self.has_signed(text, line).ok_or(NoteError::Line(at + 1))??;
        }
        if signed { Ok(text) } else { Err(NoteError::NotSigned(self.name.to_string())) }
    }

    /// Whether the line is a signature of this key; none where it is no signature at all.
    fn has_signed(&self, text: &str, line: &str) -> Option<Result<bool, NoteError>> {
        let (name, base64) = line.strip_prefix(DASH)?.split_once(' ')?;
        let name: Name = name.parse().ok()?;
        let bytes = STANDARD.decode(base64).ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        if signature.is_empty() {
            return None;
        }
        if name != self.name || *id != self.id {
            return Some(Ok(false));
        }
        let sound = Signature::from_slice(signature).is_ok_and(|s| self.key.verify_strict(text.as_bytes(), &s).is_ok());
        Some(if sound { Ok(true) } else { Err(NoteError::Forged(self.name.to_string())) })
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, id, bytes) = parts(text)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Point)?;
        if key.is_weak() {
            return Err(KeyError::Point);
        }
        let key = Self::new(name, key);
        if key.id == id { Ok(key) } else { Err(KeyError::Id) }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_key(f, &self.name, self.id, self.key.as_bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl SecretKey {
    /// A key from 32 bytes of a good random source.
    pub fn new(name: Name, random: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&random);
        Self { public: PublicKey::new(name, key.verifying_key()), key }
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The key as it is kept in a file that only its owner can read.
    pub fn secret_text(&self) -> String {
        struct Text<'k>(&'k SecretKey);
        impl fmt::Display for Text<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(SECRET)?;
                write_key(f, &self.0.public.name, self.0.public.id, self.0.key.as_bytes())
            }
        }
        Text(self).to_string()
    }

    /// The note of a text that ends in a line break.
    pub(crate) fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let bytes = [self.public.id.as_slice(), signature.as_slice()].concat();
        format!("{text}\n{DASH}{} {}\n", self.public.name, STANDARD.encode(bytes))
    }
}

impl FromStr for SecretKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, id, seed) = parts(text.strip_prefix(SECRET).ok_or(KeyError::Shape)?)?;
        let key = Self::new(name, seed);
        if key.public.id == id { Ok(key) } else { Err(KeyError::Id) }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, redacted)", self.public.name)
    }
}

/// The notes of a text in which an empty line follows each.
pub fn notes(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        // A note of a ledger has one empty line, before its signatures; the second one ends it.
        let signatures = rest.find("\n\n").map(|at| at + 2);
        let end = signatures.and_then(|from| rest.get(from..)?.find("\n\n").map(|at| from + at + 1));
        let (note, more) = end.and_then(|end| Some((rest.get(..end)?, rest.get(end + 1..)?))).unwrap_or((rest, ""));
        rest = more;
        Some(note)
    })
}

fn parts(text: &str) -> Result<(Name, [u8; 4], [u8; 32]), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Shape);
    };
    let name = name.parse().map_err(KeyError::Name)?;
    let hex = id.len() == 8 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let id = u32::from_str_radix(id, 16).ok().filter(|_| hex).ok_or(KeyError::Shape)?;
    if bytes.len() > 64 {
        return Err(KeyError::Shape);
    }
    match STANDARD.decode(bytes).map_err(|_| KeyError::Shape)?.split_first() {
        Some((&ED25519, key)) => Ok((name, id.to_be_bytes(), key.try_into().map_err(|_| KeyError::Shape)?)),
        Some(_) => Err(KeyError::Type),
        None => Err(KeyError::Shape),
    }
}

fn write_key(f: &mut fmt::Formatter<'_>, name: &Name, id: [u8; 4], key: &[u8; 32]) -> fmt::Result {
    let bytes = [[ED25519].as_slice(), key.as_slice()].concat();
    write!(f, "{name}+{:08x}+{}", u32::from_be_bytes(id), STANDARD.encode(bytes))
}

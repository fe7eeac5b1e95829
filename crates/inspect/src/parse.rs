//! From bytes to a syntax tree, refusing what would not fit a stack.

use oxc_span::SourceType;

/// The stack that a thread needs which parses what `is_shallow` let through.
pub(crate) const STACK_BYTES: usize = 1 << 30;

const DEPTH_MAX: usize = 1_500;
const CHAIN_MAX: u32 = 12_000;

/// What a byte means to `is_shallow`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Byte {
    Other,
    Word,
    Open,
    Close,
    /// Ends a chain.
    End,
    Operator,
}

static BYTES: [Byte; 256] = {
    let mut all = [Byte::Other; 256];
    let mut b = 0;
    while b < 256 {
        all[b] = match b as u8 {
            b'(' | b'[' | b'{' => Byte::Open,
            b')' | b']' | b'}' => Byte::Close,
            b';' | b',' => Byte::End,
            b'!' | b'~' | b'-' | b'+' | b'=' | b'?' | b':' | b'*' | b'`' => Byte::Operator,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' => Byte::Word,
            _ => Byte::Other,
        };
        b += 1;
    }
    all
};

/// Whether brackets and chains of operators stay within what the parser's recursion can take.
///
/// A scan of bytes that knows nothing of strings or comments; it may refuse too much, never too little.
pub(crate) fn is_shallow(text: &str) -> bool {
    let mut depth = 0usize;
    let mut chains = vec![0u32; DEPTH_MAX + 2];
    let bytes = text.as_bytes();
    let class = |at: usize| bytes.get(at).map_or(Byte::Other, |b| BYTES[*b as usize]);
    let mut i = 0;
    while i < bytes.len() {
        let chains_on = match class(i) {
            Byte::Open => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return balanced_in_strings(text);
                }
                chains[depth] = 0;
                false
            }
            Byte::Close => {
                depth = depth.saturating_sub(1);
                false
            }
            Byte::End => {
                chains[depth] = 0;
                false
            }
            Byte::Operator => true,
            Byte::Word => {
                let first = i;
                while class(i + 1) == Byte::Word {
                    i += 1;
                }
                is_prefix(&bytes[first..=i])
            }
            Byte::Other => false,
        };
        if chains_on {
            chains[depth] += 1;
            if chains[depth] > CHAIN_MAX {
                return false;
            }
        }
        i += 1;
    }
    true
}

/// Words that an expression or a statement may follow at once, so that they chain.
fn is_prefix(word: &[u8]) -> bool {
    match word.len() {
        2 => matches!(word, b"if" | b"do"),
        3 => matches!(word, b"new" | b"for"),
        4 => matches!(word, b"void" | b"else" | b"with"),
        5 => matches!(word, b"await" | b"while" | b"yield"),
        6 => matches!(word, b"typeof" | b"delete"),
        _ => false,
    }
}

/// The same with strings, templates, comments and regular expressions skipped as well as can be told without a grammar.
fn balanced_in_strings(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut depth, mut i) = (0usize, 0);
    while i < bytes.len() {
        match bytes[i] {
            q @ (b'"' | b'\'') => {
                i += 1;
                while i < bytes.len() && bytes[i] != q && bytes[i] != b'\n' {
                    i += if bytes[i] == b'\\' { 2 } else { 1 };
                }
            }
            b'/' if bytes.get(i + 1) == Some(&b'*') => {
                i = memchr::memmem::find(&bytes[i..], b"*/").map_or(bytes.len(), |n| i + n + 1);
            }
            b'/' if bytes.get(i + 1) == Some(&b'/') => {
                i = memchr::memchr(b'\n', &bytes[i..]).map_or(bytes.len(), |n| i + n)
            }
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return false;
                }
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        i += 1;
    }
    true
}

/// The grammar for a file: what its name says, else the one that takes most.
pub(crate) fn lenient(kind: SourceType, path: &str) -> SourceType {
    let lower = path.to_ascii_lowercase();
    if lower.ends_with(".ts") || lower.ends_with(".mts") || lower.ends_with(".cts") || lower.ends_with(".tsx") {
        return kind;
    }
    if lower.ends_with(".cjs") {
        return SourceType::cjs();
    }
    SourceType::unambiguous().with_jsx(true)
}

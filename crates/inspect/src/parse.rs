//! From bytes to a syntax tree, refusing what would not fit a stack.

use oxc_span::SourceType;

/// The stack that a thread needs which parses what `is_shallow` let through.
pub(crate) const STACK_BYTES: usize = 1 << 30;

const DEPTH_MAX: usize = 1_500;
const CHAIN_MAX: u32 = 12_000;

/// Whether brackets and chains of operators stay within what the parser's recursion can take.
///
/// A scan of bytes that knows nothing of strings or comments; it may refuse too much, never too little.
pub(crate) fn is_shallow(text: &str) -> bool {
    let mut depth = 0usize;
    let mut chains = vec![0u32; DEPTH_MAX + 2];
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let b = bytes[i];
        match b {
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return balanced_in_strings(text);
                }
                chains[depth] = 0;
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b';' | b',' => chains[depth] = 0,
            b'!' | b'~' | b'-' | b'+' | b'=' | b'?' | b':' | b'*' | b'`' => {
                chains[depth] += 1;
                if chains[depth] > CHAIN_MAX {
                    return false;
                }
            }
            b'a'..=b'z' if i == 0 || !is_word(bytes[i - 1]) => {
                let mut end = i;
                while end < bytes.len() && is_word(bytes[end]) {
                    end += 1;
                }
                if matches!(
                    &bytes[i..end],
                    b"typeof"
                        | b"void"
                        | b"new"
                        | b"await"
                        | b"else"
                        | b"if"
                        | b"for"
                        | b"while"
                        | b"delete"
                        | b"yield"
                        | b"do"
                        | b"with"
                ) {
                    chains[depth] += 1;
                    if chains[depth] > CHAIN_MAX {
                        return false;
                    }
                }
                i = end;
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    true
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'$'
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

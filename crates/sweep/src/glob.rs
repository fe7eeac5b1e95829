//! One step of a path with `*` for any run of bytes; nothing else is special.

/// Whether the name fits the pattern.
pub(crate) fn fits(pattern: &[u8], name: &[u8], fold: bool) -> bool {
    let same = |a: u8, b: u8| if fold { a.eq_ignore_ascii_case(&b) } else { a == b };
    let (mut p, mut n) = (pattern, name);
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (p.split_first(), n.split_first()) {
            (Some((b'*', rest)), _) => {
                retry = Some((rest, n));
                p = rest;
                continue;
            }
            (Some((a, pattern)), Some((b, name))) if same(*a, *b) => {
                (p, n) = (pattern, name);
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        // The last star takes one byte more, and the rest is tried again.
        let Some((pattern, name)) = retry else { return false };
        let Some((_, name)) = name.split_first() else { return false };
        retry = Some((pattern, name));
        (p, n) = (pattern, name);
    }
}

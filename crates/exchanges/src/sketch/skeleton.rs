//! Masks what varies in a prompt: numbers, addresses, identifiers, quotations, code.

use super::{
    normalise::Normal,
    secret::Mixer,
    tokens::{Kind, Token},
};

/// A quotation of more words than this is masked.
const QUOTE_WORDS: usize = 3;
/// A quotation of more tokens than this is taken for stray quotation marks.
const QUOTE_TOKENS: usize = 256;
/// Hexadecimal runs of at least this many digits are identifiers.
const HEX_DIGITS: usize = 8;

/// Hashes of the placeholders, and the cutter itself.
#[derive(Clone)]
pub(crate) struct Masks {
    number: u64,
    url: u64,
    mail: u64,
    hex: u64,
    quote: u64,
    code: u64,
}

impl Masks {
    pub(crate) fn new(mixer: &Mixer) -> Self {
        let [number, url, mail, hex, quote, code] = std::array::from_fn(|i| mixer.constant(i as u64));
        Self { number, url, mail, hex, quote, code }
    }

    fn hash(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Number => self.number,
            Kind::Url => self.url,
            Kind::Mail => self.mail,
            Kind::Hex => self.hex,
            Kind::Quote => self.quote,
            Kind::Code => self.code,
            Kind::Word | Kind::Glyph | Kind::Digits | Kind::Symbol => unreachable!("only placeholders have a constant"),
        }
    }

    /// Replaces `out` by the skeleton of `tokens`.
    pub(crate) fn skeleton(&self, normal: &Normal, tokens: &[Token], out: &mut Vec<Token>) {
        out.clear();
        Cutter { masks: self, normal, tokens, out, at: 0, run_seen: 0, quote_seen: 0 }.run();
    }
}

/// How a masked kind is written in an exemplar.
pub(crate) fn placeholder(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Number | Kind::Digits => Some("⟨number⟩"),
        Kind::Url => Some("⟨url⟩"),
        Kind::Mail => Some("⟨mail⟩"),
        Kind::Hex => Some("⟨id⟩"),
        Kind::Quote => Some("⟨quote⟩"),
        Kind::Code => Some("⟨code⟩"),
        Kind::Word | Kind::Glyph | Kind::Symbol => None,
    }
}

struct Cutter<'a> {
    masks: &'a Masks,
    normal: &'a Normal,
    tokens: &'a [Token],
    out: &'a mut Vec<Token>,
    at: usize,
    /// Tokens before this one are known not to be part of an identifier.
    run_seen: usize,
    /// Quotation marks before this token are already paired, or stray.
    quote_seen: usize,
}

impl Cutter<'_> {
    /// Words pass straight through; everything that may be masked is met at a digit or a symbol.
    fn run(mut self) {
        while let Some(&token) = self.tokens.get(self.at) {
            match token.kind {
                Kind::Digits => self.digits(),
                Kind::Symbol => self.symbol(token),
                _ => self.keep(token),
            }
        }
    }

    fn keep(&mut self, token: Token) {
        self.out.push(token);
        self.at += 1;
    }

    /// Puts one placeholder for tokens `first..end`; what was kept of them already is taken back.
    fn mask(&mut self, first: usize, end: usize, kind: Kind) {
        let start = self.tokens[first].start;
        while self.out.last().is_some_and(|t| t.start >= start) {
            self.out.pop();
        }
        let last = self.tokens[end - 1];
        self.out.push(Token { hash: self.masks.hash(kind), end: last.end, kind, ..self.tokens[first] });
        self.at = end;
    }

    fn glued(&self, index: usize) -> Option<Token> {
        self.tokens.get(index).filter(|t| !t.spaced).copied()
    }

    fn glued_symbol(&self, index: usize, symbol: u8) -> bool {
        self.glued(index).is_some_and(|t| t.is_symbol(symbol))
    }

    fn digits(&mut self) {
        if self.at >= self.run_seen
            && let Some((first, end)) = self.identifier()
        {
            return self.mask(first, end, Kind::Hex);
        }
        let mut end = self.at + 1;
        while self.glued(end).is_some_and(|t| t.is_symbol(b'.') || t.is_symbol(b','))
            && self.glued(end + 1).is_some_and(|t| t.kind == Kind::Digits)
        {
            end += 2;
        }
        self.mask(self.at, end, Kind::Number);
    }

    /// The run of letters, digits and hyphens around the current digits, if it is hexadecimal and long enough.
    fn identifier(&mut self) -> Option<(usize, usize)> {
        let in_run = |t: &Token| matches!(t.kind, Kind::Word | Kind::Digits) || t.is_symbol(b'-');
        let mut first = self.at;
        while first > self.run_seen && !self.tokens[first].spaced && in_run(&self.tokens[first - 1]) {
            first -= 1;
        }
        let mut end = self.at + 1;
        while self.glued(end).is_some_and(|t| in_run(&t)) {
            end += 1;
        }
        self.run_seen = end;
        let span = &self.normal.padded()[self.tokens[first].start as usize..self.tokens[end - 1].end as usize];
        let letters = self.tokens[first..end].iter().any(|t| t.kind == Kind::Word);
        let hyphen_ends = span.starts_with(b"-") || span.ends_with(b"-");
        let digits = span.iter().filter(|b| **b != b'-').count();
        let hexadecimal = span.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
        (letters && !hyphen_ends && hexadecimal && digits >= HEX_DIGITS).then_some((first, end))
    }

    fn symbol(&mut self, token: Token) {
        match token.lead {
            b':' if self.glued_symbol(self.at + 1, b'/') && self.glued_symbol(self.at + 2, b'/') => self.url(token),
            b'.' if !token.spaced && self.previous_is("www") => self.url(token),
            b'@' if !token.spaced => self.mail(token),
            b'`' if self.glued_symbol(self.at + 1, b'`') && self.glued_symbol(self.at + 2, b'`') => self.code(),
            b'"' | 0xc2 | 0xe2 | 0xe3 if self.at >= self.quote_seen => self.quotation(token),
            _ => self.keep(token),
        }
    }

    fn previous_is(&self, word: &str) -> bool {
        self.at.checked_sub(1).is_some_and(|i| self.tokens[i].text(self.normal) == word)
    }

    fn url(&mut self, token: Token) {
        if token.spaced || !self.at.checked_sub(1).is_some_and(|i| self.tokens[i].kind == Kind::Word) {
            return self.keep(token);
        }
        let mut end = self.at + 1;
        while self.glued(end).is_some_and(|t| !ends_url(&t)) {
            end += 1;
        }
        // A full stop or comma at the end belongs to the sentence.
        while end > self.at + 1 && matches!(self.tokens[end - 1].lead, b'.' | b',' | b';' | b':' | b'!' | b'?') {
            end -= 1;
        }
        self.mask(self.at - 1, end, Kind::Url);
    }

    fn mail(&mut self, token: Token) {
        let in_local = |t: &Token| match t.kind {
            Kind::Word | Kind::Digits => true,
            _ => matches!(t.lead, b'.' | b'_' | b'-' | b'+'),
        };
        let in_domain = |t: &Token| matches!(t.kind, Kind::Word | Kind::Digits) || matches!(t.lead, b'.' | b'-');
        // What an earlier placeholder covers is not looked at again.
        let floor = self.run_floor();
        let mut first = self.at;
        while first > floor && !self.tokens[first].spaced && in_local(&self.tokens[first - 1]) {
            first -= 1;
        }
        let mut end = self.at + 1;
        while self.glued(end).is_some_and(|t| in_domain(&t)) {
            end += 1;
        }
        while matches!(self.tokens[end - 1].lead, b'.' | b'-') {
            end -= 1;
        }
        let dotted = self.tokens[self.at..end].iter().any(|t| t.lead == b'.');
        if first == self.at || !dotted {
            return self.keep(token);
        }
        self.mask(first, end, Kind::Mail);
        self.run_seen = end;
    }

    /// The first token after the last masked address, so that looking back stays linear.
    fn run_floor(&self) -> usize {
        let masked = self.out.iter().rev().take(64).find(|t| matches!(t.kind, Kind::Mail | Kind::Url | Kind::Code));
        let far = self.at.saturating_sub(64);
        masked.map_or(far, |m| far.max(self.tokens.partition_point(|t| t.start < m.end)))
    }

    /// A fenced block goes to the next fence, or to the end of the text.
    fn code(&mut self) {
        let fence = |i: usize| self.tokens[i..].len() >= 3 && (i..i + 3).all(|j| self.tokens[j].is_symbol(b'`'));
        let mut end = self.at + 3;
        while end < self.tokens.len() && !fence(end) {
            end += 1;
        }
        self.mask(self.at, (end + 3).min(self.tokens.len()), Kind::Code);
    }

    fn quotation(&mut self, open: Token) {
        let Some(closing) = closing_mark(open.text(self.normal)) else { return self.keep(open) };
        let straight = closing == "\"";
        let previous_word = self.at.checked_sub(1).is_some_and(|i| self.tokens[i].kind != Kind::Symbol);
        // A straight mark opens only where a word could begin: this leaves inches and closing marks alone.
        if straight && (!open.spaced && previous_word || self.glued(self.at + 1).is_none()) {
            return self.keep(open);
        }
        let mut words = 0;
        let mut end = self.at + 1;
        while let Some(token) = self.tokens.get(end) {
            if token.kind != Kind::Symbol {
                words += 1;
            } else if token.lead == closing.as_bytes()[0] && token.text(self.normal) == closing {
                break;
            }
            end += 1;
            if end - self.at > QUOTE_TOKENS {
                return self.stray(end, open);
            }
        }
        let everything = self.at == 0 && end + 1 >= self.tokens.len();
        if end == self.tokens.len() || everything {
            return self.stray(end, open);
        }
        if words > QUOTE_WORDS {
            return self.mask(self.at, end + 1, Kind::Quote);
        }
        self.stray(end + 1, open);
    }

    /// Keeps the mark, and does not look for quotations before token `until`.
    fn stray(&mut self, until: usize, open: Token) {
        self.quote_seen = until;
        self.keep(open);
    }
}

fn ends_url(token: &Token) -> bool {
    token.kind == Kind::Symbol
        && (token.lead >= 0x80 || matches!(token.lead, b'"' | b'\'' | b'<' | b'>' | b')' | b']' | b'`'))
        || token.kind == Kind::Glyph
}

/// The mark that closes a quotation, given the one that opens it.
fn closing_mark(open: &str) -> Option<&'static str> {
    Some(match open {
        "\"" => "\"",
        "“" => "”",
        "„" => "“",
        "«" => "»",
        "「" => "」",
        "『" => "』",
        _ => return None,
    })
}

//! A score with its reasons, as data and as text.

use std::fmt::{self, Write};

use super::{
    align::Pair,
    parsed::Parsed,
    similar::Rule,
    text::Script,
    token::{Role, Token},
};

/// How alike two names are, and why.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Match {
    /// From 0 (nothing in common) to 1 (the same name).
    #[serde(serialize_with = "super::serialize_shown")]
    pub score: f32,
    pub explanation: Explanation,
}

impl Match {
    /// Whether the names are taken for names of one and the same.
    pub fn is_match(&self) -> bool {
        self.score >= super::THRESHOLD
    }
}

/// What met, what did not, and what else was weighed.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Explanation {
    /// The scripts in which the two names are written.
    pub scripts: (Script, Script),
    pub met: Vec<Met>,
    /// Words of the query that nothing met, and their weights.
    pub only_query: Vec<Unmet>,
    /// Words of the candidate that nothing met, and their weights.
    pub only_candidate: Vec<Unmet>,
    /// Legal forms of the query and of the candidate.
    pub forms: (Vec<String>, Vec<String>),
    /// What moved or bounded the score apart from words.
    pub notes: Vec<Note>,
}

/// Words that met.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Met {
    pub query: String,
    pub candidate: String,
    pub rule: Rule,
    #[serde(serialize_with = "super::serialize_shown")]
    pub alike: f32,
    #[serde(serialize_with = "super::serialize_shown")]
    pub weight: f32,
}

/// A word that nothing met.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Unmet {
    pub word: String,
    pub role: Role,
    #[serde(serialize_with = "super::serialize_shown")]
    pub weight: f32,
}

/// Something apart from words that moved or bounded a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    SameName,
    /// A word mixes letters of two alphabets that look alike.
    Lookalikes,
    NumbersDiffer,
    NumberOnOneSide,
    FormsDiffer,
    /// One is a company, the other an association or a state body.
    FormsExclude,
    /// No name of its own met, only words that many names have.
    OnlyCommonWords,
    /// Each name has a part that contradicts one of the other.
    PartsContradict,
    /// Only one part of a longer name met.
    OnePartOnly,
    /// The whole names, written together, are a few letters apart.
    WholeSpelling,
    IdentifiersEqual,
    IdentifiersDiffer,
    CountriesAgree,
    CountriesDiffer,
}

impl Note {
    fn text(self) -> &'static str {
        match self {
            Self::SameName => "the same name",
            Self::Lookalikes => "a word mixes letters of two alphabets that look alike",
            Self::NumbersDiffer => "the numbers differ",
            Self::NumberOnOneSide => "only one name has a number",
            Self::FormsDiffer => "the legal forms differ",
            Self::FormsExclude => "one form is a company's, the other is not",
            Self::OnlyCommonWords => "only common words met",
            Self::PartsContradict => "each name has a part that the other contradicts",
            Self::OnePartOnly => "only one part of a longer name met",
            Self::WholeSpelling => "written together, the names are a few letters apart",
            Self::IdentifiersEqual => "an identifier is the same",
            Self::IdentifiersDiffer => "identifiers of one scheme differ",
            Self::CountriesAgree => "the countries agree",
            Self::CountriesDiffer => "the countries differ",
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

pub(super) fn explain(left: &Parsed, right: &Parsed, pairs: &[Pair], notes: Vec<Note>) -> Explanation {
    let text = |tokens: &[Token], at: &[usize]| {
        let mut words: Vec<&str> = at.iter().map(|&i| tokens[i].text.as_str()).collect();
        words.dedup();
        words.join(" ")
    };
    let met = pairs
        .iter()
        .map(|pair| Met {
            query: text(&left.tokens, &pair.left),
            candidate: text(&right.tokens, &pair.right),
            rule: pair.rule,
            alike: round(pair.alike),
            weight: round(pair_weight(left, right, pair)),
        })
        .collect();
    let unmet = |name: &Parsed, taken: &dyn Fn(usize) -> bool| {
        let open = name.tokens.iter().enumerate().filter(|(at, token)| token.role != Role::Minor && !taken(*at));
        open.map(|(_, token)| Unmet { word: shown(token), role: token.role, weight: round(token.weight) }).collect()
    };
    let forms = |name: &Parsed| name.forms().map(str::to_owned).collect();
    Explanation {
        scripts: (left.script, right.script),
        met,
        only_query: unmet(left, &|at| pairs.iter().any(|pair| pair.left.contains(&at))),
        only_candidate: unmet(right, &|at| pairs.iter().any(|pair| pair.right.contains(&at))),
        forms: (forms(left), forms(right)),
        notes,
    }
}

/// A word, with what it reads as where it is not in Latin letters.
fn shown(token: &Token) -> String {
    if token.script == Script::Latin || token.latin == token.text {
        token.text.clone()
    } else {
        format!("{} ({})", token.text, token.latin)
    }
}

/// The mean of what the two sides of a pair weigh.
pub(super) fn pair_weight(left: &Parsed, right: &Parsed, pair: &Pair) -> f32 {
    let sum = |tokens: &[Token], at: &[usize]| at.iter().map(|&i| tokens[i].weight).sum::<f32>();
    (sum(&left.tokens, &pair.left) + sum(&right.tokens, &pair.right)) / 2.0
}

pub(super) fn round(value: f32) -> f32 {
    (value * 1000.0).round() / 1000.0
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_match() { "match" } else { "no match" };
        write!(f, "{:.3} {verdict}\n{}", self.score, self.explanation)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for met in &self.met {
            let rule = format!("{:?}", met.rule).to_lowercase();
            writeln!(
                f,
                "  met   {} = {} ({rule} {:.2}, weight {:.2})",
                met.query, met.candidate, met.alike, met.weight
            )?;
        }
        for (side, words) in [("query", &self.only_query), ("other", &self.only_candidate)] {
            for unmet in words {
                writeln!(f, "  unmet {} (in the {side}, weight {:.2})", unmet.word, unmet.weight)?;
            }
        }
        if !self.forms.0.is_empty() || !self.forms.1.is_empty() {
            let list = |forms: &[String]| if forms.is_empty() { "none".to_owned() } else { forms.join(", ") };
            writeln!(f, "  forms {} / {}", list(&self.forms.0), list(&self.forms.1))?;
        }
        let mut notes = String::new();
        for note in &self.notes {
            writeln!(notes, "  note  {note}")?;
        }
        f.write_str(&notes)
    }
}

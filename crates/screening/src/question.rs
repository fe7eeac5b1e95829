//! Who is meant: by key, by identifier, or by name with everything else that is known.

use jiff::civil::Date;
use ownership::{
    EntityId, Identifier, Lei, Name, NameKind, Place, Scheme, Standing, Verdict,
    names::{self, Bearer, Match, NameError, shown},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{Register, UnknownRegime, dossier::binding};

/// What is known of whoever is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub bearer: Bearer,
    /// At least one, unless an identifier says who is meant.
    pub names: Vec<String>,
    pub identifiers: Vec<Identifier>,
    /// Where an organisation is registered or has its head office.
    pub countries: Vec<Place>,
}

/// An entity that a search found, under the name that scored best.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub entity: EntityId,
    pub name: String,
    pub found: Match,
}

/// By what an entity was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Its key, or an identifier that means it alone.
    Id,
    /// A name that is like the one asked for; how much so.
    Name {
        name: String,
        #[serde(serialize_with = "names::serialize_shown")]
        score: f32,
    },
}

/// What a question about one organisation comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The standing of whoever is meant, and others who may be meant as well.
    Found { standing: Box<Standing>, by: By, others: Vec<Hit> },
    /// Nobody is called so; the nearest names.
    NotFound { nearest: Vec<Hit> },
}

/// Candidates that are compared in full.
const COMPARED: usize = 20;

impl Question {
    /// By name or id, as it is typed.
    pub fn typed(text: &str) -> Self {
        Self {
            bearer: Bearer::Organisation,
            names: vec![text.to_owned()],
            identifiers: Vec::new(),
            countries: Vec::new(),
        }
    }
}

/// How a typed text may be spelled as a binding identifier.
pub(crate) fn spelled(text: &str) -> impl Iterator<Item = String> {
    let lei = text.parse::<Lei>().ok();
    let lei = lei.map(|lei| Identifier { scheme: Scheme::Lei, value: lei.as_str().to_owned() });
    let register = text.split_once(':').map(|(register, number)| Identifier {
        scheme: Scheme::Register(register.to_owned()),
        value: number.to_owned(),
    });
    [lei, register].into_iter().flatten().filter_map(|identifier| binding(&identifier))
}

impl Register {
    /// The entities that may be meant, best first.
    pub fn candidates(&self, question: &Question, limit: usize) -> Result<Vec<Hit>, NameError> {
        let mut hits: Vec<Hit> = Vec::new();
        let names: Vec<Name> =
            question.names.iter().map(|text| Name { text: text.clone(), kind: NameKind::Primary }).collect();
        let asked = names::Party {
            bearer: question.bearer,
            names: &names,
            identifiers: &question.identifiers,
            countries: &question.countries,
        };
        for identifier in &question.identifiers {
            if let Some(entity) = self.by_identifier(identifier) {
                hits.push(Hit { entity, name: self.caption(entity).to_owned(), found: self.compare(&asked, entity)? });
            }
        }
        for name in &question.names {
            for hit in self.search(name, question.bearer, limit.max(COMPARED))? {
                match hits.iter_mut().find(|known| known.entity == hit.entity) {
                    Some(known) if known.found.score < hit.found.score => *known = hit,
                    Some(_) => {}
                    None => hits.push(hit),
                }
            }
        }
        if !question.identifiers.is_empty() || !question.countries.is_empty() {
            for hit in &mut hits {
                hit.found = self.compare(&asked, hit.entity)?;
            }
        }
        hits.sort_by(|a, b| b.found.score.total_cmp(&a.found.score));
        hits.truncate(limit);
        Ok(hits)
    }

    /// The standing of whoever is meant by a key, an identifier or a name.
    pub fn answer(&self, asked: &Question, regime: &str, on: Date) -> Result<Answer, AskError> {
        for text in &asked.names {
            if let Some(entity) = self.by_id(text) {
                let standing = Box::new(self.standing(regime, on, entity)?);
                return Ok(Answer::Found { standing, by: By::Id, others: Vec::new() });
            }
        }
        self.regime(regime)?;
        let mut hits = self.candidates(asked, 6)?;
        if !hits.first().is_some_and(|best| best.found.is_match()) {
            hits.truncate(5);
            return Ok(Answer::NotFound { nearest: hits });
        }
        let best = hits.remove(0);
        let others = hits.into_iter().filter(|hit| hit.found.is_match()).collect();
        let standing = Box::new(self.standing(regime, on, best.entity)?);
        Ok(Answer::Found { standing, by: By::Name { name: best.name, score: best.found.score }, others })
    }

    fn compare(&self, asked: &names::Party<'_>, entity: EntityId) -> Result<Match, NameError> {
        let own = [Name { text: self.graph().name(entity).to_owned(), kind: NameKind::Primary }];
        let (names, identifiers) = match self.dossier(entity) {
            Some(dossier) if !dossier.names.is_empty() => (&dossier.names[..], &dossier.identifiers[..]),
            Some(dossier) => (&own[..], &dossier.identifiers[..]),
            None => (&own[..], &[][..]),
        };
        let places = [self.graph().jurisdiction(entity), self.graph().headquarters(entity)];
        let countries: Vec<Place> = places.into_iter().flatten().collect();
        let bearer = Bearer::from(self.graph().kind(entity));
        names::judge(asked, &names::Party { bearer, names, identifiers, countries: &countries })
    }
}

/// Why a question cannot be answered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Regime(#[from] UnknownRegime),
    #[error("the name cannot be searched for")]
    Name(#[from] NameError),
}

impl Answer {
    /// The standing as `screen --json` prints it, with how the organisation was found.
    ///
    /// Who is not found has the standing *unknown*, in the shape of any other.
    pub fn to_value(&self, register: &Register, asked: &str, regime: &str, on: Date) -> Value {
        let near = |hit: &Hit| json!({"id": register.graph().key(hit.entity), "name": hit.name, "score": shown(hit.found.score)});
        let hits = |hits: &[Hit]| hits.iter().map(near).collect::<Vec<_>>();
        match self {
            Self::NotFound { nearest } => unknown(asked, regime, on, &hits(nearest)),
            Self::Found { standing, by, others } => {
                let mut value = serde_json::to_value(standing).unwrap_or_default();
                if let Value::Object(fields) = &mut value {
                    fields.insert("asked".to_owned(), json!(asked));
                    fields.insert("found_by".to_owned(), json!(by));
                    if matches!(by, By::Name { .. }) {
                        fields.insert("others".to_owned(), json!(hits(others)));
                    }
                }
                value
            }
        }
    }

    /// The verdict, where somebody was found.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Found { standing, .. } => standing.standing,
            Self::NotFound { .. } => Verdict::Unknown,
        }
    }
}

fn unknown(asked: &str, regime: &str, on: Date, nearest: &[Value]) -> Value {
    let text = not_found(asked);
    json!({
        "entity": {"id": null, "name": asked},
        "regime": regime,
        "as_of": on,
        "standing": "unknown",
        "lower_bp": 0,
        "upper_bp": 10_000,
        "margin_bp": null,
        "proof": [],
        "missing": [{"about": {"id": null, "name": asked}, "width_bp": 10_000, "text": "who it is, and who owns it"}],
        "text": text,
        "asked": asked,
        "found_by": null,
        "nearest": nearest,
    })
}

/// What is said of somebody whom nothing is stated of.
pub fn not_found(asked: &str) -> String {
    let asked = asked.chars().take(200).collect::<String>().escape_debug().to_string();
    format!(
        "{asked}: unknown. Nothing is stated of anybody by that name or id, which is no clearance; load statements that name it, or ask by identifier."
    )
}

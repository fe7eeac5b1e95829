//! One entity's standing under a regime: the verdict, the stakes that carry it, how near it was, and what is missing.

mod margin;
mod notes;
mod proof;
mod svg;
mod text;

use jiff::civil::Date;
use serde::Serialize;

use crate::{
    Closure, EntityId, Force, Graph, Regime, RegimeId, Verdict,
    closure::{Bound, Marks, Sets, Sparse, Weighed, alone, weigh},
};

pub(crate) use proof::Link;

/// What ownership says of one entity, with everything that it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    pub entity: Party,
    pub regime: RegimeId,
    pub as_of: Date,
    pub regime_is: Force,
    /// `caught` also for who is caught by itself; then `seed` says why.
    #[serde(serialize_with = "as_four")]
    pub standing: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    pub threshold_bp: u16,
    pub strict: bool,
    /// Which of the regime's measures the figures are of.
    pub measure: &'static str,
    /// What caught parties hold at least.
    pub lower_bp: u32,
    /// What parties that are or may be caught hold at most.
    pub upper_bp: u32,
    /// What no source assigns to anybody.
    pub undisclosed_bp: u32,
    /// How far the threshold could rise before the standing changed; below zero, how far it would have to fall.
    pub margin_bp: Option<i32>,
    /// The smallest set of stakes that carries the verdict, owners before what they own.
    pub proof: Vec<Step>,
    /// What would settle it, the most useful first.
    pub missing: Vec<Missing>,
    /// The seeds that the proof begins with, under the strictest programme first.
    pub responsible: Vec<Responsible>,
    pub notes: Vec<Note>,
    pub text: String,
}

/// An entity by key and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Party {
    pub id: String,
    pub name: String,
}

/// One stake of a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub owner: String,
    pub owned: String,
    pub interest: &'static str,
    pub min_bp: u16,
    pub max_bp: u16,
    pub source: String,
    pub owner_name: String,
    pub owned_name: String,
    #[serde(skip_serializing_if = "is_false")]
    pub min_open: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub max_open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// Sources give different figures; the highest stands.
    #[serde(skip_serializing_if = "is_false")]
    pub disputed: bool,
    /// No source gives a figure.
    #[serde(skip_serializing_if = "is_false")]
    pub without_figure: bool,
}

/// A fact that is not known and would help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    pub about: Party,
    /// How wide the unknown is.
    pub width_bp: u32,
    pub text: String,
}

/// A seed that the verdict goes back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Responsible {
    pub entity: Party,
    pub why: String,
    pub programmes: Vec<String>,
}

/// Something worth knowing beside the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    pub kind: NoteKind,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// Control without shares, which the regime reports.
    Control,
    /// A stake of a caught party below the threshold.
    Minority,
    /// What is stated cannot all be true.
    Contradiction,
    /// Two sources say different things of one stake.
    Dispute,
    /// Somebody holds for somebody else.
    Nominee,
    /// Shown, and counted for nothing.
    NotCounted,
    /// The regime itself needs to be confirmed, or is not in force.
    Regime,
}

/// The marks of the runs that decide on an entity.
pub(crate) struct View<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) regime: &'a Regime,
    pub(crate) closure: &'a Closure,
    pub(crate) lower: &'a dyn Marks,
    pub(crate) upper: &'a dyn Marks,
}

impl Closure {
    /// Explains one entity.
    ///
    /// `graph` and `regime` are those that the closure was made of. Costs what the proof costs, not what the graph does, except where each seed
    /// is tested alone: then one seed's reach is computed anew.
    pub fn standing(&self, graph: &Graph, regime: &Regime, entity: EntityId) -> Standing {
        let verdict = self.verdict(graph, entity);
        match &self.sets {
            Sets::Together { lower, upper } => {
                explain(&View { graph, regime, closure: self, lower, upper }, entity, verdict)
            }
            Sets::Apart(_) => {
                let (lower, upper) = match self.group_for(graph, entity) {
                    Some(group) => alone(graph, &self.rule, &self.founders.groups[group]),
                    None => (Sparse::default(), Sparse::default()),
                };
                explain(&View { graph, regime, closure: self, lower: &lower, upper: &upper }, entity, verdict)
            }
            Sets::Multiplied(of) => {
                let none = Sparse::default();
                let view = View { graph, regime, closure: self, lower: &none, upper: &none };
                let mut standing = explain(&view, entity, verdict);
                proof::multiply(&view, entity, of.get(&entity.0).copied().unwrap_or_default(), &mut standing);
                standing
            }
        }
    }

    /// The group of seeds that comes furthest with an entity.
    fn group_for(&self, graph: &Graph, entity: EntityId) -> Option<usize> {
        let Sets::Apart(of) = &self.sets else { return None };
        if let Some(memberships) = of.get(&entity.0) {
            let best = memberships.iter().max_by_key(|membership| membership.definite)?;
            return Some(best.group as usize);
        }
        let mut held: Vec<(u32, u16)> = Vec::new();
        graph.holdings(entity.0, self.rule.day, |holding| {
            let groups = of.get(&holding.owner).map_or(&[][..], Vec::as_slice);
            held.extend(groups.iter().take(64).map(|membership| (membership.group, holding.figures.max)));
        });
        held.into_iter().max_by_key(|&(group, max)| (max, std::cmp::Reverse(group))).map(|(group, _)| group as usize)
    }
}

impl Standing {
    /// One JSON object, as `screen --json` prints it.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers always serialise")
    }

    /// A picture of the proof that stands by itself and has its text beside it.
    pub fn to_svg(&self) -> String {
        svg::draw(self)
    }
}

pub(crate) fn explain(view: &View<'_>, entity: EntityId, verdict: Verdict) -> Standing {
    let rule = &view.closure.rule;
    let lower = view.weigh(entity.0, view.lower);
    let upper = view.weigh(entity.0, view.upper);
    let bound = if verdict == Verdict::Caught { Bound::Lower } else { Bound::Upper };
    let measure = if verdict == Verdict::Caught { lower.leading(Bound::Lower) } else { upper.leading(Bound::Upper) };
    let links = match verdict {
        Verdict::Caught => proof::links(view, Bound::Lower, entity.0),
        Verdict::Possible => proof::links(view, Bound::Upper, entity.0),
        Verdict::Seed | Verdict::Clear | Verdict::Unknown => Vec::new(),
    };
    let stated = lower.sums[measure].min + lower.sums[measure].others_min;
    let mut standing = Standing {
        entity: view.party(entity.0),
        regime: view.regime.id.clone(),
        as_of: view.closure.on(),
        regime_is: view.closure.force().clone(),
        standing: verdict,
        seed: None,
        threshold_bp: rule.threshold.basis_points,
        strict: rule.threshold.strict,
        measure: ["shares", "votes"][measure],
        lower_bp: lower.sums[measure].min,
        upper_bp: upper.sums[measure].most(),
        undisclosed_bp: 10_000u32.saturating_sub(stated),
        margin_bp: margin::of(view, bound, entity.0, verdict, &links),
        proof: links.iter().map(|link| view.step(link)).collect(),
        missing: Vec::new(),
        responsible: notes::responsible(view, entity.0, &links),
        notes: Vec::new(),
        text: String::new(),
    };
    if verdict == Verdict::Seed {
        standing.seed = standing.responsible.first().map(|responsible| responsible.why.clone());
    }
    standing.missing = notes::missing(view, entity.0, &standing, &links);
    standing.notes = notes::notes(view, entity.0, verdict, &links);
    standing.text = text::write(view.regime, &standing);
    standing
}

impl View<'_> {
    pub(crate) fn weigh(&self, entity: u32, marks: &dyn Marks) -> Weighed {
        weigh(self.graph, &self.closure.rule, entity, |owner| marks.holds(owner))
    }

    pub(crate) fn marks(&self, bound: Bound) -> &dyn Marks {
        match bound {
            Bound::Lower => self.lower,
            Bound::Upper => self.upper,
        }
    }

    pub(crate) fn party(&self, entity: u32) -> Party {
        let entity = EntityId(entity);
        Party { id: self.graph.key(entity).to_owned(), name: self.graph.name(entity).to_owned() }
    }

    pub(crate) fn step(&self, link: &Link) -> Step {
        let stake = self.graph.stake(link.holding.stake);
        let (owner, owned) = (self.party(link.holding.owner), self.party(link.owned));
        let figures = link.holding.figures;
        Step {
            owner: owner.id,
            owned: owned.id,
            interest: link.holding.kind.name(),
            min_bp: figures.min,
            max_bp: figures.max,
            source: self.graph.source(stake).to_string(),
            owner_name: owner.name,
            owned_name: owned.name,
            min_open: figures.min_open,
            max_open: figures.max_open,
            from: stake.from.date(),
            to: stake.to.date(),
            disputed: link.holding.disputed,
            without_figure: link.holding.without_figure,
        }
    }
}

fn as_four<S: serde::Serializer>(verdict: &Verdict, to: S) -> Result<S::Ok, S::Error> {
    let verdict = if *verdict == Verdict::Seed { Verdict::Caught } else { *verdict };
    to.serialize_str(verdict.name())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

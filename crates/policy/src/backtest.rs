//! Which past decisions a new set of rules would change.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::{
    decision::DecisionId,
    effect::Effect,
    facts::{AddressClass, Facts},
    rules::Rules,
    verdict::Verdict,
};

/// A decision of the past with the facts that it was made on.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    pub decision_id: DecisionId,
    /// What was decided then.
    pub effect: Effect,
    pub facts: Facts,
}

/// What the new rules are compared with.
#[derive(Debug, Clone, Copy)]
pub enum Baseline<'a> {
    /// What was decided then.
    Recorded,
    /// What these rules say of the same facts today.
    Rules(&'a Rules),
}

/// What would change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Backtest {
    pub decisions: u64,
    pub changed: u64,
    /// Decisions by what they are and what they would be, the unchanged ones among them.
    pub effects: Vec<Moved>,
    /// Changed decisions by the class of the network.
    pub classes: Vec<ClassMoved>,
    /// Changed decisions by the rule that the new set cites first.
    pub rules: Vec<RuleMoved>,
    pub examples: Vec<Example>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    pub from: Effect,
    pub to: Effect,
    pub decisions: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassMoved {
    pub class: AddressClass,
    pub milder: u64,
    pub severer: u64,
    /// Of how many, changed or not.
    pub decisions: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleMoved {
    pub rule: String,
    pub decisions: u64,
}

/// A decision that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    pub decision_id: DecisionId,
    pub from: Effect,
    pub to: Effect,
    pub rules: Vec<String>,
}

/// Runs the new rules over the past; at most so many examples of each change are kept, the first ones.
pub fn backtest(old: Baseline<'_>, new: &Rules, past: impl IntoIterator<Item = Past>, examples: usize) -> Backtest {
    let mut tally = Tally::default();
    for one in past {
        let from = match old {
            Baseline::Recorded => one.effect,
            Baseline::Rules(rules) => rules.decide(&one.facts).effect,
        };
        tally.add(&one, from, new.decide(&one.facts), examples);
    }
    tally.done()
}

#[derive(Default)]
struct Tally {
    effects: BTreeMap<(Effect, Effect), u64>,
    /// Milder, severer, all; by the class's word.
    classes: BTreeMap<&'static str, (AddressClass, [u64; 3])>,
    rules: BTreeMap<String, u64>,
    examples: BTreeMap<(Effect, Effect), Vec<Example>>,
}

impl Tally {
    fn add(&mut self, past: &Past, from: Effect, verdict: Verdict, most: usize) {
        let to = verdict.effect;
        *self.effects.entry((from, to)).or_default() += 1;
        let class = past.facts.network.class;
        let (_, [milder, severer, all]) = self.classes.entry(class.as_str()).or_insert((class, [0; 3]));
        *all += 1;
        if from == to {
            return;
        }
        *(if to < from { milder } else { severer }) += 1;
        let rules: Vec<String> = verdict.reasons.into_iter().map(|reason| reason.rule).collect();
        if let Some(first) = rules.first() {
            *self.rules.entry(first.clone()).or_default() += 1;
        }
        let kept = self.examples.entry((from, to)).or_default();
        if kept.len() < most {
            kept.push(Example { decision_id: past.decision_id, from, to, rules });
        }
    }

    fn done(self) -> Backtest {
        let decisions = self.effects.values().sum();
        let unchanged: u64 = self.effects.iter().filter(|((from, to), _)| from == to).map(|(_, n)| n).sum();
        let moved = |((from, to), decisions)| Moved { from, to, decisions };
        let class_moved = |(class, [milder, severer, decisions]): (AddressClass, [u64; 3])| {
            (milder + severer > 0).then_some(ClassMoved { class, milder, severer, decisions })
        };
        let mut rules: Vec<RuleMoved> =
            self.rules.into_iter().map(|(rule, decisions)| RuleMoved { rule, decisions }).collect();
        rules.sort_by_key(|moved| std::cmp::Reverse(moved.decisions));
        Backtest {
            decisions,
            changed: decisions - unchanged,
            effects: self.effects.into_iter().map(moved).collect(),
            classes: self.classes.into_values().filter_map(class_moved).collect(),
            rules,
            examples: self.examples.into_values().flatten().collect(),
        }
    }
}

impl fmt::Display for Backtest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {} decisions would change", self.changed, self.decisions)?;
        if self.changed == 0 {
            return Ok(());
        }
        for moved in self.effects.iter().filter(|moved| moved.from != moved.to) {
            writeln!(f, "  {:<9} -> {:<9} {:>9}", moved.from.as_str(), moved.to.as_str(), moved.decisions)?;
        }
        writeln!(f, "\nby network           milder   severer        of")?;
        for class in &self.classes {
            writeln!(
                f,
                "  {:<16} {:>8}  {:>8}  {:>8}",
                class.class.as_str(),
                class.milder,
                class.severer,
                class.decisions
            )?;
        }
        writeln!(f, "\nby the rule that would decide")?;
        for rule in &self.rules {
            writeln!(f, "  {:<40} {:>9}", rule.rule, rule.decisions)?;
        }
        if !self.examples.is_empty() {
            writeln!(f, "\nexamples")?;
        }
        for example in &self.examples {
            let (from, to) = (example.from.as_str(), example.to.as_str());
            writeln!(f, "  {}  {from} -> {to}  {}", example.decision_id, example.rules.join(", "))?;
        }
        Ok(())
    }
}

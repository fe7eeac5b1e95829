//! A TOML text to regimes, or to everything that is wrong with it.

use std::fmt;

use toml::{Table, Value};

use super::{
    Aggregate, Indirect, JointHoldings, Measure, Reading, Regime, RegimeId, SeedList, Seeds, UnknownHeadquarters,
    Window, fields::Fields,
};
use crate::{EntityKey, Period};

/// Everything that is wrong with a file of regimes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes {
    pub file: String,
    pub mistakes: Vec<Mistake>,
}

/// One thing that is wrong, and where.
pub type Mistake = String;

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the regimes in `{}` cannot be used:", self.file.escape_debug())?;
        self.mistakes.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

const READINGS: &[(&str, Reading)] = &[
    ("majority", Reading::Majority),
    ("possible", Reading::Possible),
    ("report", Reading::Report),
    ("ignore", Reading::Ignore),
];

pub(super) fn regimes(file: &str, text: &str) -> Result<Vec<Regime>, Mistakes> {
    let mut mistakes = Vec::new();
    let mut regimes: Vec<Regime> = Vec::new();
    match text.parse::<Table>() {
        Err(error) => mistakes.push(format!("it is no TOML: {}", error.to_string().trim_end())),
        Ok(table) => {
            let mut fields = Fields::new(table, "the file".to_owned(), &mut mistakes);
            let tables = fields.tables("regime");
            if tables.is_empty() {
                fields.wrong("there is no `[[regime]]` in it");
            }
            fields.finish();
            for (index, table) in tables.into_iter().enumerate() {
                regimes.extend(regime(table, index + 1, &mut mistakes));
            }
        }
    }
    for (index, regime) in regimes.iter().enumerate() {
        if regimes[..index].iter().any(|other| other.id == regime.id) {
            mistakes.push(format!("the id `{}` is used twice", regime.id));
        }
    }
    if mistakes.is_empty() { Ok(regimes) } else { Err(Mistakes { file: file.to_owned(), mistakes }) }
}

fn regime(table: Table, number: usize, mistakes: &mut Vec<String>) -> Option<Regime> {
    let place = match table.get("id") {
        Some(Value::String(id)) => format!("regime `{}`", id.escape_debug()),
        _ => format!("regime {number}"),
    };
    let mut fields = Fields::new(table, place, mistakes);
    let id = fields.required_text("id").and_then(|id| match id.parse::<RegimeId>() {
        Ok(id) => Some(id),
        Err(error) => {
            fields.wrong(error);
            None
        }
    });
    let title = fields.required_text("title");
    let source = fields.required_text("source");
    let read = fields.day("read");
    if read.is_none() {
        fields.wrong("`read` must say on which day the source was read");
    }
    let explanation = fields.required_text("explanation");
    let confirm = fields.text("confirm");
    let windows = windows(&mut fields);
    let indirect =
        fields.word("indirect", &[("cascade", Indirect::Cascade), ("multiplied", Indirect::Multiplied)], None);
    let aggregate = fields.word(
        "aggregate",
        &[
            ("all_seeds", Aggregate::AllSeeds),
            ("single_seed", Aggregate::SingleSeed),
            ("joint_groups", Aggregate::JointGroups),
        ],
        None,
    );
    let joint_groups = joint_groups(&mut fields);
    if !joint_groups.is_empty() && aggregate.is_some_and(|aggregate| aggregate != Aggregate::JointGroups) {
        fields.wrong("`joint_groups` are read only where `aggregate` is `joint_groups`");
    }
    let measures = measures(&mut fields);
    let threshold = fields.basis_points("threshold_basis_points");
    if threshold.is_none() {
        fields.wrong("`threshold_basis_points` must be a number, such as 5000 for one half");
    }
    let strict = fields.flag("strict");
    if strict.is_none() {
        fields.wrong("`strict` must say whether the threshold is to be passed (true) or reached (false)");
    }
    if threshold == Some(0) && strict == Some(false) {
        fields.wrong("a threshold of 0 that is only to be reached catches everybody");
    }
    let joint_holdings = fields.word(
        "joint_holdings",
        &[("any_member", JointHoldings::AnyMember), ("all_members", JointHoldings::AllMembers)],
        Some(JointHoldings::AllMembers),
    );
    let [consolidation, board, influence, contract] = [
        ("consolidation", Reading::Possible),
        ("board", Reading::Report),
        ("influence", Reading::Report),
        ("contract", Reading::Report),
    ]
    .map(|(key, default)| fields.word(key, READINGS, Some(default)));
    let minority_flag_basis_points = fields.basis_points("minority_flag_basis_points");
    let strictness = fields.texts("strictness");
    let seeds = seeds(&mut fields);
    fields.finish();
    Some(Regime {
        id: id?,
        title: title?,
        source: source?,
        read: read?,
        explanation: explanation?,
        confirm,
        windows,
        measures,
        threshold_basis_points: threshold?,
        strict: strict?,
        aggregate: aggregate?,
        joint_groups,
        joint_holdings: joint_holdings?,
        indirect: indirect?,
        consolidation: consolidation?,
        board: board?,
        influence: influence?,
        contract: contract?,
        minority_flag_basis_points,
        seeds,
        strictness,
    })
}

fn windows(fields: &mut Fields<'_>) -> Vec<Window> {
    let mut windows = Vec::new();
    for (index, table) in fields.tables("windows").into_iter().enumerate() {
        let mut window = fields.within(table, &format!("window {}", index + 1));
        let period = Period { from: window.day("from"), to: window.day("to") };
        if let (Some(from), Some(to)) = (period.from, period.to)
            && from >= to
        {
            window.wrong(format_args!("it ends on {to}, before it begins on {from}"));
        }
        windows.push(Window {
            period,
            suspended: window.flag("suspended").unwrap_or(false),
            strict: window.flag("strict"),
            threshold_basis_points: window.basis_points("threshold_basis_points"),
            note: window.text("note"),
        });
        window.finish();
    }
    if windows.is_empty() {
        fields.wrong("`windows` must say when the regime is in force; `windows = [{}]` is always");
    }
    windows
}

fn measures(fields: &mut Fields<'_>) -> Vec<Measure> {
    let mut measures = Vec::new();
    for text in fields.texts("measures") {
        match text.as_str() {
            "shares" => measures.push(Measure::Shares),
            "votes" => measures.push(Measure::Votes),
            other => fields.wrong(format_args!(
                "`{}` is no measure; there are `shares` and `votes`, and the keys `consolidation`, `board`, `influence` and `contract`",
                other.escape_debug()
            )),
        }
    }
    measures.sort_unstable();
    measures.dedup();
    if measures.is_empty() {
        fields.wrong("`measures` must name `shares`, `votes` or both");
    }
    measures
}

fn joint_groups(fields: &mut Fields<'_>) -> Vec<Vec<EntityKey>> {
    let groups = match fields.take("joint_groups") {
        None => return Vec::new(),
        Some(Value::Array(groups)) => groups,
        Some(_) => {
            fields.wrong("`joint_groups` is a list of lists of keys");
            return Vec::new();
        }
    };
    let mut read = Vec::new();
    for group in groups {
        let mut keys = Vec::new();
        for text in fields.texts_of("joint_groups", group) {
            match text.parse::<EntityKey>() {
                Ok(key) => keys.push(key),
                Err(error) => fields.wrong(format_args!("`joint_groups`: {error}")),
            }
        }
        if keys.len() < 2 {
            fields.wrong("a group in `joint_groups` has at least two members");
        }
        read.push(keys);
    }
    read
}

fn seeds(fields: &mut Fields<'_>) -> Seeds {
    let table = match fields.take("seeds") {
        Some(Value::Table(table)) => table,
        Some(_) => {
            fields.wrong("`seeds` is a table");
            return Seeds::default();
        }
        None => {
            fields.wrong("`[regime.seeds]` must say who is caught by itself");
            return Seeds::default();
        }
    };
    let mut within = fields.within(table, "seeds");
    let mut lists = Vec::new();
    for (index, table) in within.tables("lists").into_iter().enumerate() {
        let mut list = within.within(table, &format!("list {}", index + 1));
        let name = list.required_text("list");
        let programmes = list.texts("programmes");
        lists.extend(name.map(|list| SeedList { list, programmes }));
        list.finish();
    }
    let seeds = Seeds {
        lists,
        headquartered_in: within.parsed("headquartered_in"),
        incorporated_in: within.parsed("incorporated_in"),
        unknown_headquarters: within
            .word(
                "unknown_headquarters",
                &[
                    ("by_incorporation", UnknownHeadquarters::ByIncorporation),
                    ("possible", UnknownHeadquarters::Possible),
                    ("ignore", UnknownHeadquarters::Ignore),
                ],
                Some(UnknownHeadquarters::Possible),
            )
            .unwrap_or_default(),
        entities: within.parsed("entities"),
    };
    if seeds == Seeds::default() {
        within.wrong("they name no list, no territory and no entity, so that nobody would be caught");
    }
    within.finish();
    seeds
}

//! The findings for a terminal: a table, a few lines per campaign, and what was cleared.

use std::fmt::Write as _;

use hunt::campaign::{Campaign, Findings};
use unicode_width::UnicodeWidthStr;

use crate::{facts, limits, overview, visible, wording};

/// Accounts that are named.
const NAMED: usize = 3;
const NARROWEST: usize = 40;
const WIDEST: usize = 120;

/// The findings as lines of at most `width` columns; `colour` adds ANSI bold, dim and effect colours.
pub fn text(findings: &Findings, colour: bool, width: usize) -> String {
    let mut sheet = Sheet { out: String::new(), colour, width: width.clamp(NARROWEST, WIDEST) };
    sheet.paragraph("", &overview::found(findings), Some(BOLD));
    sheet.paragraph("", &searched(findings), Some(DIM));
    if !findings.campaigns.is_empty() {
        sheet.table(&findings.campaigns);
    }
    for (i, campaign) in findings.campaigns.iter().take(limits::DETAILED_CAMPAIGNS).enumerate() {
        sheet.campaign(i + 1, campaign);
    }
    sheet.cleared(findings);
    sheet.out
}

const BOLD: &str = "1";
const DIM: &str = "2";

fn searched(findings: &Findings) -> String {
    let totals = &findings.totals;
    let period = match (&totals.from, &totals.to) {
        (Some(from), Some(to)) => format!("{} to {} UTC", wording::minute(from), wording::minute(to)),
        _ => "no time known".to_owned(),
    };
    format!(
        "Searched {} of {}, {period}; {} tested; false discovery rate {}.",
        wording::count(totals.exchanges, "exchange"),
        wording::count(totals.accounts, "account"),
        wording::count(totals.cohorts_tested, "cohort"),
        wording::percent(findings.parameters.fdr),
    )
}

fn effect_colour(effect: &str) -> &'static str {
    match effect {
        "deny" => "1;31",
        "verify" | "throttle" => "1;33",
        _ => "1;36",
    }
}

/// Lines under construction.
struct Sheet {
    out: String,
    colour: bool,
    width: usize,
}

impl Sheet {
    fn styled(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// `text` after `label`, wrapped and indented to the label's width.
    fn paragraph(&mut self, label: &str, text: &str, style: Option<&str>) {
        let indent = label.width();
        for (i, line) in wrap(text, self.width.saturating_sub(indent)).iter().enumerate() {
            let margin = if i == 0 { self.styled(DIM, label) } else { " ".repeat(indent) };
            let margin = if label.is_empty() { String::new() } else { margin };
            let line = style.map_or_else(|| line.clone(), |code| self.styled(code, line));
            writeln!(self.out, "{margin}{line}").expect("a String takes all");
        }
    }

    fn table(&mut self, campaigns: &[Campaign]) {
        let columns = Column::that_fit(self.width);
        let mut rows = vec![columns.iter().map(|column| column.name.to_owned()).collect::<Vec<_>>()];
        let listed = campaigns.iter().enumerate().take(limits::LISTED_CAMPAIGNS);
        rows.extend(listed.map(|(i, campaign)| columns.iter().map(|column| (column.cell)(i + 1, campaign)).collect()));
        let widths: Vec<usize> =
            (0..columns.len()).map(|c| rows.iter().map(|row| row[c].width()).max().unwrap_or(0)).collect();
        self.out.push('\n');
        for (r, row) in rows.iter().enumerate() {
            let cells: Vec<String> =
                row.iter().zip(&widths).zip(&columns).map(|((cell, width), column)| column.pad(cell, *width)).collect();
            let line = cells.join("  ");
            let line = if r == 0 { self.styled(DIM, line.trim_end()) } else { line.trim_end().to_owned() };
            writeln!(self.out, "{line}").expect("a String takes all");
        }
    }

    fn campaign(&mut self, rank: usize, campaign: &Campaign) {
        let head = format!("{}  {}", visible::clipped(&campaign.effect, 20), visible::short_id(&campaign.campaign_id));
        self.out.push('\n');
        self.paragraph(&format!("{rank}  "), &head, Some(effect_colour(&campaign.effect)));
        self.paragraph("   ", &visible::sentence(&campaign.summary), None);
        self.paragraph("   evidence  ", &weights(campaign), None);
        if let Some(item) = facts::by_size(&campaign.evidence).first() {
            let text = format!("{}: {}", visible::clipped(&item.signal, 60), visible::shown(item.text.trim(), 240));
            self.paragraph("   foremost  ", &text, None);
        }
        let look_alike = &campaign.look_alike;
        let text =
            format!("{}. {}", visible::clipped(&look_alike.class, 60), visible::shown(look_alike.text.trim(), 240));
        self.paragraph("   unlike    ", &text, None);
        self.paragraph("   accounts  ", &accounts(campaign), None);
        self.paragraph("   alert     ", &alert(campaign), None);
    }

    fn cleared(&mut self, findings: &Findings) {
        let classes = facts::cleared_classes(&findings.cleared);
        let text = if classes.is_empty() {
            "no cohort came close enough to need clearing".to_owned()
        } else {
            let told: Vec<String> =
                classes.iter().take(20).map(|(class, n, _)| format!("{} {n}", visible::clipped(class, 60))).collect();
            told.join(", ")
        };
        self.out.push('\n');
        self.paragraph("cleared  ", &text, None);
    }
}

fn weights(campaign: &Campaign) -> String {
    let told: Vec<String> = facts::family_weights(&campaign.evidence)
        .into_iter()
        .map(|(family, weight)| format!("{} {}", wording::family(family), wording::bits(weight)))
        .collect();
    let (score, q) = (wording::score(campaign.score), wording::probability(campaign.q_value));
    format!("{}; score {score} bits, q {q}", told.join(", "))
}

fn accounts(campaign: &Campaign) -> String {
    let all = campaign.accounts.len();
    let mut named: Vec<String> = campaign.accounts.iter().take(NAMED).map(|id| visible::short_id(id)).collect();
    if all > NAMED {
        named.push(format!("{} more", wording::number((all - NAMED) as u64)));
    }
    let harvest = wording::count(campaign.harvest, "exchange");
    format!("{}, harvest {harvest}: {}", wording::number(all as u64), named.join(", "))
}

fn alert(campaign: &Campaign) -> String {
    let Some(time) = &campaign.first_alert else { return "unknown".to_owned() };
    format!("{} UTC{}", wording::minute(time), facts::harvest_before_alert(campaign))
}

/// A column of the table of campaigns.
struct Column {
    name: &'static str,
    /// Columns of the terminal from which on it is shown.
    from_width: usize,
    right: bool,
    cell: fn(usize, &Campaign) -> String,
}

impl Column {
    const ALL: [Self; 8] = [
        Self { name: "#", from_width: 0, right: true, cell: |rank, _| rank.to_string() },
        Self { name: "campaign", from_width: 90, right: false, cell: |_, c| visible::clipped(&c.campaign_id, 16) },
        Self { name: "effect", from_width: 0, right: false, cell: |_, c| visible::clipped(&c.effect, 10) },
        Self { name: "accounts", from_width: 0, right: true, cell: |_, c| wording::number(c.accounts.len() as u64) },
        Self { name: "harvest", from_width: 0, right: true, cell: |_, c| wording::number(c.harvest) },
        Self { name: "score", from_width: 48, right: true, cell: |_, c| wording::score(c.score) },
        Self { name: "q", from_width: 60, right: true, cell: |_, c| wording::probability(c.q_value) },
        Self {
            name: "first alert",
            from_width: 74,
            right: false,
            cell: |_, c| c.first_alert.as_deref().map_or_else(|| "unknown".to_owned(), wording::minute),
        },
    ];

    fn that_fit(width: usize) -> Vec<Self> {
        Self::ALL.into_iter().filter(|column| column.from_width <= width).collect()
    }

    fn pad(&self, cell: &str, width: usize) -> String {
        let space = " ".repeat(width.saturating_sub(cell.width()));
        if self.right { space + cell } else { cell.to_owned() + &space }
    }
}

/// Lines of at most `width` columns; a word that is longer is broken.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        for (i, piece) in pieces(word, width).into_iter().enumerate() {
            let line = lines.last_mut().expect("there is always a line");
            let space = usize::from(!line.is_empty());
            if line.width() + space + piece.width() > width || i > 0 {
                lines.push(piece);
            } else {
                line.push_str(&" ".repeat(space));
                line.push_str(&piece);
            }
        }
    }
    lines
}

fn pieces(word: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in word.chars() {
        let piece = pieces.last_mut().expect("there is always a piece");
        let mut longer = piece.clone();
        longer.push(c);
        if longer.width() > width && !piece.is_empty() {
            pieces.push(c.to_string());
        } else {
            *piece = longer;
        }
    }
    pieces
}

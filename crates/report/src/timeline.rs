//! Who was active when: a heat map of harvest per account and time, accounts by first use from top to bottom.

use std::fmt::Write as _;

use hunt::campaign::{Campaign, Timeline};
use maud::{Markup, PreEscaped, html};

use crate::{
    axis::{self, Axis},
    facts, limits,
    picture::{Frame, picture},
    wording,
};

/// Pixels over the map, for the label of the first alert.
const HEAD: u32 = 20;
/// Pixels of the strip with the harvest of all accounts together.
const STRIP: u32 = 44;
const GAP: u32 = 6;
/// Pixels under the map, for the dates.
const FOOT: u32 = 22;
const LEVELS: usize = 5;

/// The timeline from the first harvest to the last, at the size in which it is drawn.
struct Map {
    /// Mean harvest of an account of the band, by column.
    rows: Vec<Vec<f64>>,
    /// Accounts in a full band.
    band: usize,
    accounts: usize,
    /// Harvest of all accounts, by column.
    sums: Vec<u64>,
    start: i64,
    column_seconds: u64,
}

impl Map {
    fn new(timeline: &Timeline) -> Option<Self> {
        let all = facts::column_sums(timeline);
        let (first, last) = (all.iter().position(|n| *n > 0)?, all.iter().rposition(|n| *n > 0)?);
        if timeline.bucket_seconds == 0 {
            return None;
        }
        let skipped = timeline.bucket_seconds.saturating_mul(first as u64);
        let start = wording::seconds(&timeline.start)?.saturating_add_unsigned(skipped);
        let fine = &all[first..=last];
        let mut order: Vec<&[u32]> = timeline.counts.iter().map(|row| row.get(first..).unwrap_or_default()).collect();
        order.sort_by_key(|row| row.iter().position(|n| *n > 0).unwrap_or(usize::MAX));
        let merge = fine.len().div_ceil(limits::HEAT_COLUMNS);
        let band = order.len().div_ceil(limits::HEAT_ROWS);
        let columns = fine.len().div_ceil(merge);
        let rows = order.chunks(band).map(|accounts| band_means(accounts, columns, merge)).collect();
        let sums = fine.chunks(merge).map(|part| part.iter().fold(0, |a: u64, b| a.saturating_add(*b))).collect();
        let column_seconds = timeline.bucket_seconds.saturating_mul(merge as u64);
        Some(Self { rows, band, accounts: order.len(), sums, start, column_seconds })
    }

    fn axis(&self) -> Axis {
        let span = self.column_seconds.saturating_mul(self.sums.len() as u64);
        Axis::new(self.start, self.start.saturating_add(i64::try_from(span).unwrap_or(i64::MAX)))
    }

    fn row_pixels(&self) -> u32 {
        match self.rows.len() {
            0..=12 => 16,
            13..=30 => 10,
            31..=50 => 7,
            _ => 5,
        }
    }

    fn height(&self) -> u32 {
        self.row_pixels() * u32::try_from(self.rows.len()).unwrap_or(0)
    }

    /// Upper bounds of the shades. They widen towards the top and leave out the busiest hundredth of the cells, so that a
    /// few busy accounts do not hide the others.
    fn bounds(&self) -> [f64; LEVELS] {
        let mut cells: Vec<f64> = self.rows.iter().flatten().copied().filter(|n| *n > 0.0).collect();
        cells.sort_by(f64::total_cmp);
        let Some(busiest) = cells.last().copied() else { return [0.0; LEVELS] };
        let usual = cells[(cells.len() - 1) * 99 / 100];
        let mut bounds = [busiest; LEVELS];
        for (i, bound) in bounds.iter_mut().enumerate().take(LEVELS - 1) {
            *bound = usual * ((i + 1) as f64 / LEVELS as f64).powi(2);
        }
        bounds
    }
}

fn band_means(accounts: &[&[u32]], columns: usize, merge: usize) -> Vec<f64> {
    let mut means = vec![0.0; columns];
    for row in accounts {
        for (i, count) in row.iter().enumerate().take(columns * merge) {
            means[i / merge] += f64::from(*count) / accounts.len() as f64;
        }
    }
    means
}

/// One path of horizontal strokes for each shade: a tenth of the bytes of a rectangle for each cell.
fn strokes(map: &Map, bounds: &[f64; LEVELS]) -> [String; LEVELS] {
    let mut paths: [String; LEVELS] = Default::default();
    let level = |n: f64| bounds.iter().position(|bound| n <= *bound).unwrap_or(LEVELS - 1);
    for (y, row) in map.rows.iter().enumerate() {
        let mut x = 0;
        while x < row.len() {
            let shade = (row[x] > 0.0).then(|| level(row[x]));
            let run = row[x..].iter().take_while(|n| (**n > 0.0).then(|| level(**n)) == shade).count();
            if let Some(shade) = shade {
                write!(paths[shade], "M{x} {y}.5h{run}").expect("a String takes all");
            }
            x += run;
        }
    }
    paths
}

/// Harvest of all accounts together, as a filled stair.
fn stair(sums: &[u64]) -> String {
    let most = sums.iter().copied().max().unwrap_or(0).max(1) as f64;
    let mut path = String::from("M0 100");
    for sum in sums {
        write!(path, "V{:.0}h1", 100.0 - 100.0 * *sum as f64 / most).expect("a String takes all");
    }
    path + "V100z"
}

/// The timeline of campaign number `rank`.
pub(crate) fn timeline(campaign: &Campaign, rank: usize) -> Markup {
    let Some(map) = Map::new(&campaign.timeline) else {
        return html! { p { "The findings hold no harvest over time for this campaign." } };
    };
    let bounds = map.bounds();
    let map_top = HEAD + STRIP + GAP;
    let height = map_top + map.height() + FOOT;
    let columns = map.sums.len();
    let body = html! {
        (map.axis().grid(HEAD, STRIP + GAP + map.height()))
        svg.rate x="0" y=(HEAD) width="100%" height=(STRIP) viewBox=(format!("0 0 {columns} 100")) preserveAspectRatio="none" {
            path d=(stair(&map.sums)) {}
        }
        svg.heat x="0" y=(map_top) width="100%" height=(map.height())
            viewBox=(format!("0 0 {columns} {}", map.rows.len())) preserveAspectRatio="none" {
            @for (level, path) in strokes(&map, &bounds).iter().enumerate() {
                @if !path.is_empty() { path class=(format!("l{level}")) d=(PreEscaped(path)) {} }
            }
        }
        (alert(campaign, &map.axis(), map_top + map.height()))
    };
    html! {
        figure {
            (picture(&format!("c{rank}-time"), Frame::Stretched { height }, "Harvest by account and time",
                &description(campaign, &map), &body))
            (legend(&map, &bounds))
            figcaption { (caption(&map)) }
        }
    }
}

fn alert(campaign: &Campaign, axis: &Axis, bottom: u32) -> Markup {
    let Some(time) = &campaign.first_alert else { return html! {} };
    let Some(seconds) = wording::seconds(time) else { return html! {} };
    let percent = axis.percent(seconds);
    let x = format!("{percent:.2}%");
    html! {
        line.alert x1=(x) x2=(x) y1=(HEAD - 4) y2=(bottom) {}
        text.alert x=(x) y=(HEAD - 7) text-anchor=(axis::anchor(percent)) { "▼ first alert " (wording::minute(time)) }
    }
}

fn legend(map: &Map, bounds: &[f64; LEVELS]) -> Markup {
    let shown = |n: f64| if n < 10.0 { format!("{n:.1}").trim_end_matches(".0").to_owned() } else { format!("{n:.0}") };
    let span = wording::duration(map.column_seconds);
    html! {
        p.legend {
            span { "Exchanges per account and " (span.strip_prefix("1 ").unwrap_or(&span)) ":" }
            @for (level, bound) in bounds.iter().enumerate() {
                @if level + 1 == LEVELS || bounds[level + 1] > *bound {
                    span { i class=(format!("swatch l{level}")) {} " up to " (shown(*bound)) }
                }
            }
        }
    }
}

fn caption(map: &Map) -> String {
    let rows = match map.band {
        0 | 1 => "One row an account".to_owned(),
        n => {
            let accounts = wording::count(map.accounts as u64, "account");
            format!("{accounts}, {n} to a row (the shade is their mean)")
        }
    };
    format!("{rows}, the first to join at the top; the strip above is all of them together. Times are UTC.")
}

fn description(campaign: &Campaign, map: &Map) -> String {
    let (busiest, most) =
        map.sums.iter().enumerate().max_by_key(|(i, n)| (**n, usize::MAX - i)).map_or((0, 0), |(i, n)| (i, *n));
    let at = map.start.saturating_add_unsigned(map.column_seconds.saturating_mul(busiest as u64));
    let at = jiff::Timestamp::from_second(at)
        .map_or_else(|_| "unknown".to_owned(), |t| t.strftime("%Y-%m-%d %H:%M").to_string());
    let alert = match &campaign.first_alert {
        Some(time) => format!("First alert {}.", wording::minute(time)),
        None => "No alert time is known.".to_owned(),
    };
    format!(
        "{} active from {} to {}. The busiest {} starts {at} with {}. {alert}",
        wording::count(map.accounts as u64, "account"),
        wording::minute(&campaign.first_seen),
        wording::minute(&campaign.last_seen),
        wording::duration(map.column_seconds),
        wording::count(most, "exchange"),
    )
}

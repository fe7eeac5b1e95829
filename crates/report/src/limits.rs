//! How much of the findings fits on the page, so that it stays under 5 MB and opens on a phone.

/// Campaigns told in full; the others keep their line in the table.
pub(crate) const DETAILED_CAMPAIGNS: usize = 100;
/// Lines of the table of campaigns.
pub(crate) const LISTED_CAMPAIGNS: usize = 1_000;
/// Campaigns drawn in the picture of all campaigns.
pub(crate) const DRAWN_CAMPAIGNS: usize = 60;
/// Rows of account tables on the whole page.
const ACCOUNT_ROWS: usize = 6_000;
/// Account rows that are in sight before the reader asks for the rest.
pub(crate) const ACCOUNT_ROWS_IN_SIGHT: usize = 25;
/// Rows and columns of a heat map.
pub(crate) const HEAT_ROWS: usize = 80;
pub(crate) const HEAT_COLUMNS: usize = 72;
/// Accounts and links drawn in an identity graph.
pub(crate) const GRAPH_ACCOUNTS: usize = 150;
pub(crate) const GRAPH_LINKS: usize = 600;
/// Links that are also told in words.
pub(crate) const LISTED_LINKS: usize = 12;
/// Templates, sentences of evidence, overturning facts and models of one campaign.
pub(crate) const TEMPLATES: usize = 12;
pub(crate) const EVIDENCE: usize = 40;
pub(crate) const OVERTURN: usize = 12;
pub(crate) const MODELS: usize = 12;
/// Parts of one exemplar.
pub(crate) const PARTS: usize = 60;
/// Accounts that are named as examples of something cleared.
pub(crate) const EXAMPLE_ACCOUNTS: usize = 5;
/// Characters of an identifier and of a sentence before they are shortened.
pub(crate) const ID_CHARS: usize = 36;
pub(crate) const SENTENCE_CHARS: usize = 1_200;
/// Characters of one part of an exemplar.
pub(crate) const PART_CHARS: usize = 600;

/// Account rows for each of `campaigns` campaigns.
pub(crate) fn account_rows(campaigns: usize) -> usize {
    (ACCOUNT_ROWS / campaigns.max(1)).clamp(50, 500)
}

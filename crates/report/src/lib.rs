//! Findings of a hunt, told to people: one self-contained HTML page, or a few lines for a terminal.
//!
//! Knows nothing of files, the clock or how a campaign was found. Every text in the findings is taken for hostile:
//! it is escaped, shortened, and its invisible characters are made visible.

mod accounts;
mod axis;
mod campaign;
mod cleared;
mod evidence;
mod exemplar;
mod facts;
mod graph;
mod limits;
mod overview;
mod page;
mod picture;
mod reading;
mod text;
mod timeline;
mod visible;
mod waterfall;
mod wording;

pub use page::html;
pub use text::text;

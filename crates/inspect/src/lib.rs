//! What an AI client looks at, and what it says about its user: bytes of a client to findings.
//!
//! Knows nothing of the network, of files, or of clocks. Nothing that is inspected is ever run: scripts are followed on an abstract
//! machine, and what cannot be followed is reported as unknown, never as clean.

mod artifact;
mod axes;
mod cyclonedx;
mod diff;
mod disclosure;
mod endpoints;
mod findings;
mod flow;
mod fold;
mod inspection;
mod library;
mod packages;
mod parse;
mod receipt;
mod relevance;
mod rules;
mod sarif;
mod siblings;
mod text;

pub use artifact::{Artifact, Entry, File, Form, Limits, Role, Unread};
pub use axes::{Channel, Disclosure, Encoding, Severity, Source, Transform};
pub use cyclonedx::{bill, component};
pub use diff::{Difference, diff};
pub use disclosure::{DisclosureError, Disclosures, HostStatement, KeyStatement, SourceStatement};
pub use endpoints::{Endpoint, Group, Named, group_of};
pub use findings::{Coverage, FileDigest, Finding, Findings, Step, Subject, Variant, Verdict};
pub use fold::{between, is_invisible, name_of, readable};
pub use inspection::{inspect, inspect_told};
pub use receipt::{receipt, text_receipt};
pub use rules::{Combination, Rule, Rules};
pub use sarif::sarif;
pub use text::{Mark, MarkKind, TextReport, text};

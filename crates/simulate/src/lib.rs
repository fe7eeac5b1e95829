//! Seeded synthetic traffic in log v1: honest people, their look-alikes, and planted harvest campaigns, with the truth.
//!
//! A [`Plan`] goes in, iterators come out. Knows no file, clock or network, and nothing of how campaigns are found.

mod campaign;
mod cast;
mod client;
mod dice;
mod harvest;
mod honest;
mod identity;
mod plan;
mod rhythm;
mod stream;
mod text;
mod traffic;
mod truth;
mod words;

pub use campaign::{Access, Archetype, Campaign, Cover, Created, Dispatch, Identity, Persona, Timing};
pub use honest::Class;
pub use identity::Mail;
pub use plan::{Grid, Plan};
pub use text::{frames::Purpose, item::ItemKind, template::Place};
pub use traffic::{Exchanges, Labelled};
pub use truth::{CampaignTruth, Label};

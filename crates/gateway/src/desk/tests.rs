use std::path::Path;

use super::*;
use crate::{
    config::Config,
    seen::{Seen, request_facts},
};

/// A desk whose ledger has room for so many entries.
fn desk(folder: &Path, room: usize, ledger_gone: LedgerGone) -> Arc<Desk> {
    let config = Config::read("[upstream.openai]\nurl = 'http://127.0.0.1:1'", folder).expect("a configuration");
    let metrics = Arc::new(Metrics::new().expect("metrics"));
    let options = journal::LedgerOptions::new(folder.join("ledger"), "test/ledger".parse().expect("a name"));
    let ledger = journal::Ledger::open(journal::LedgerOptions { queue: room, ..options }).expect("a ledger");
    let settings = Settings { unknown_keys: UnknownKeys::Account, ledger_gone, appeal: String::new(), accounts: 16 };
    Arc::new(Desk::new(Parts {
        rules: policy::default_rules().expect("rules"),
        shadow: None,
        tables: origin::Tables::compile(Vec::new(), jiff::civil::date(2026, 1, 1)).expect("no tables"),
        book: store::Book::default(),
        meter: Meter::new(config.limits, Arc::clone(&metrics)).expect("no Redis"),
        ledger,
        metrics,
        settings,
        salt: ledger::Salt::new([7; 32]),
    }))
}

async fn passing(desk: &Arc<Desk>) -> Ruled {
    let ask = Ask {
        face: Face::Proxy,
        client: None,
        credential: Credential::Missing,
        account: None,
        request: request_facts(None, "direct", &Seen::Nothing),
        counts: true,
    };
    let mut judged = desk.judge(&ask).await.expect("a ruling");
    judged.ruling.decision.effect = Effect::Allow;
    Ruled { judged, desk: Some(Arc::clone(desk)) }
}

#[tokio::test]
async fn what_the_ledger_has_no_room_for_does_not_pass() {
    for (gone, passes) in [(LedgerGone::Refuse, false), (LedgerGone::Allow, true)] {
        let folder = tempfile::tempdir().expect("a folder");
        let desk = desk(folder.path(), 0, gone);
        assert!(desk.may_pass().is_ok(), "the disk is sound");
        assert_eq!(passing(&desk).await.record().is_ok(), passes);
    }
}

#[tokio::test]
async fn a_ruling_is_on_record_once_however_it_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = desk(folder.path(), 16, LedgerGone::Refuse);
    drop(passing(&desk).await);
    let mut ruled = passing(&desk).await;
    ruled.record().expect("room");
    ruled.record().expect("nothing left to record");
    drop(ruled);
    desk.close().expect("a sound disk");
    assert_eq!(desk.ledger_status().entries, 2);
}

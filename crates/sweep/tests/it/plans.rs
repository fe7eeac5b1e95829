//! What a ban means: what goes, what stays, and why.

use jiff::Timestamp;
use sweep::{
    ban,
    catalogue::{Catalogue, Class},
    plan::{self, Action, Draft, Plan, PlanError},
    scan::{Confidence, Evidence, Item, Kind, Machine, Scan, Scope},
};

fn item(subject: &str, class: Class, path: &str) -> Item {
    Item {
        subject: subject.to_owned(),
        kind: Kind::of(class),
        class,
        path: path.parse().unwrap(),
        confidence: Confidence::High,
        evidence: vec![Evidence::new("place", path)],
        bytes: Some(10),
        files: Some(1),
        digest: None,
        owner: "alice".to_owned(),
        version: None,
        model: None,
        keys: vec![],
        repository: false,
        state: None,
        needed_by: vec![],
    }
}

fn scan(items: Vec<Item>) -> Scan {
    let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    Scan {
        version: 1,
        machine: Machine { name: "m".to_owned(), system: "linux".to_owned() },
        scope: Scope {
            root: "/".to_owned(),
            homes: vec![],
            folders: 0,
            files: 0,
            opened: 0,
            passed_over: 0,
            skipped: vec![],
            catalogue: "c".to_owned(),
            started: at,
            finished: at,
            complete: true,
        },
        unreadable: vec![],
        items,
    }
}

fn draft(items: Vec<Item>, ban: &str) -> Draft {
    let catalogue = Catalogue::shipped().unwrap();
    let ban = ban::parse(&format!("name = \"n\"\nfrom = 2026-01-01\nreason = \"r\"\n{ban}"), &catalogue).unwrap();
    plan::plan(&scan(items), &ban, &catalogue, "2026-02-01".parse().unwrap())
}

fn acted(draft: &Draft) -> Vec<String> {
    draft.objects.iter().map(|object| format!("{} {}", object.action.as_str(), object.path)).collect()
}

const CODEX: &str = "[[subject]]\ntool = \"codex\"\n";

#[test]
fn a_folder_goes_whole_unless_something_in_it_stays() {
    let items = || {
        vec![
            item("codex", Class::Configuration, "/h/.codex"),
            item("codex", Class::Configuration, "/h/.codex/a"),
            item("codex", Class::Data, "/h/.codex/sessions"),
        ]
    };
    let keeps = draft(items(), CODEX);
    assert_eq!(acted(&keeps), ["move /h/.codex/a"]);
    assert_eq!(keeps.left.len(), 2);
    assert_eq!(acted(&draft(items(), &format!("data = \"take\"\n{CODEX}"))), ["move /h/.codex"]);
    // Another tool's folder in it stays too.
    let nested = vec![
        item("gemini-cli", Class::Configuration, "/h/.gemini"),
        item("gemini-cli", Class::Configuration, "/h/.gemini/x"),
        item("antigravity", Class::Configuration, "/h/.gemini/antigravity"),
    ];
    assert_eq!(acted(&draft(nested, "[[subject]]\ntool = \"gemini-cli\"\n")), ["move /h/.gemini/x"]);
}

#[test]
fn weak_evidence_and_repositories_are_only_told() {
    let mut weak = item("codex", Class::Program, "/h/.local/bin/codex");
    weak.confidence = Confidence::Low;
    let mut project = item("codex", Class::Project, "/h/src/.codex");
    project.repository = true;
    let draft = draft(vec![weak, project], CODEX);
    assert_eq!(acted(&draft), ["report /h/src/.codex"]);
    assert!(draft.left[0].why.contains("weak"));
    assert_eq!(draft.totals.objects, 0);
}

#[test]
fn exceptions_hold_until_their_day() {
    let items = || vec![item("codex", Class::Program, "/a/x"), item("codex", Class::Program, "/b/x")];
    let exception = |day: &str| format!("{CODEX}[[exception]]\npath = \"/a\"\nreason = \"audit\"\nexpires = {day}\n");
    assert_eq!(acted(&draft(items(), &exception("2026-02-01"))), ["move /b/x"]);
    assert_eq!(acted(&draft(items(), &exception("2026-01-31"))), ["move /a/x", "move /b/x"]);
}

#[test]
fn a_shared_blob_stays_while_somebody_needs_it() {
    let manifest = |name: &str, family: &str| item(family, Class::Model, &format!("/m/manifests/{name}"));
    let mut blob = item("qwen", Class::Model, "/m/blobs/1");
    blob.needed_by = vec!["/m/manifests/q".parse().unwrap(), "/m/manifests/other".parse().unwrap()];
    let items = || vec![manifest("q", "qwen"), manifest("other", "llama"), blob.clone()];
    assert_eq!(acted(&draft(items(), "[[subject]]\nfamily = \"qwen\"\n")), ["move /m/manifests/q"]);
    let both = "[[subject]]\nfamily = \"qwen\"\n[[subject]]\nfamily = \"llama\"\n";
    assert_eq!(acted(&draft(items(), both)).len(), 3);
}

#[test]
fn a_plan_is_what_its_digest_names() {
    let mut draft = draft(vec![item("codex", Class::Program, "/a/x")], CODEX);
    assert!(matches!(Plan::seal(draft.clone()), Err(PlanError::Unsealed(_))));
    draft.objects[0].action = Action::Report;
    let plan = Plan::seal(draft).unwrap();
    let json = plan.to_json();
    assert_eq!(Plan::parse(json.as_bytes()).unwrap(), plan);
    assert!(matches!(Plan::parse(json.replace("/a/x", "/a/y").as_bytes()), Err(PlanError::Changed { .. })));
    let day = |text: &str| text.parse().unwrap();
    assert!(plan.approved(plan.digest(), day("2026-02-01")).is_ok());
    assert!(matches!(plan.approved(plan.digest(), day("2025-12-31")), Err(PlanError::TooEarly(_))));
    assert!(matches!(plan.approved(plan.digest(), day("2026-02-09")), Err(PlanError::Expired(_))));
    assert!(matches!(plan.approved("sha256:0", day("2026-02-01")), Err(PlanError::OtherDigest { .. })));
}

//! Honest accounts that look like a campaign: each class stays silent, and for the reason that is true of it.

use std::collections::{BTreeSet, HashMap};

use exchanges::{Account, OrganizationId};
use hunt::{
    Settings,
    campaign::{Cleared, Findings},
};
use simulate::{Archetype, Campaign, Class, Plan};

use crate::traffic::Tables;

/// A weight that decides, in bits.
const DECIDES: f64 = -2.0;

/// A hundred ordinary people and one class.
fn plan(class: Class, accounts: u32, seed: u64) -> Plan {
    Plan { honest: vec![(Class::Ordinary, 100), (class, accounts)], ..Plan::benign(seed, 100) }
}

struct Quiet {
    findings: Findings,
    tables: Tables,
    class_of: HashMap<String, &'static str>,
}

impl Quiet {
    /// Hunts the plan and makes sure that nothing was raised.
    #[track_caller]
    fn of(plan: &Plan) -> Self {
        let tables = Tables::of_plan(plan);
        let findings = hunt::hunt(&tables.case(Settings::default()), |_| ());
        assert_eq!(findings.campaigns.len(), 0, "{:?}", findings.campaigns.first().map(|c| &c.evidence));
        let class_of = plan.labels().map(|l| (l.account_id.as_str().to_owned(), l.class)).collect();
        Self { findings, tables, class_of }
    }

    /// Cleared cohorts that this class makes up, largest first.
    fn cohorts(&self, class: Class) -> Vec<&Cleared> {
        let of_class = |c: &&Cleared| {
            c.example_accounts.iter().filter(|a| self.class_of[*a] == class.name()).count() * 2
                > c.example_accounts.len()
        };
        self.findings.cleared.iter().filter(of_class).collect()
    }

    /// Accounts of the largest template that was set aside as plainly public and belongs to this class.
    fn public(&self, class: Class) -> usize {
        let name = |account: u32| self.class_of[&self.tables.traffic.accounts[account as usize].account_id];
        self.tables
            .templates
            .iter()
            .filter(|t| {
                t.public && t.rows.iter().filter(|r| name(r.account) == class.name()).count() * 2 > t.rows.len()
            })
            .map(|t| t.rows.len())
            .max()
            .unwrap_or(0)
    }
}

/// Nothing is raised, and some cohort of the class was cleared by `signal` with a weight that decides.
#[track_caller]
fn check(class: Class, accounts: u32, seed: u64, signal: &str) -> Quiet {
    let quiet = Quiet::of(&plan(class, accounts, seed));
    let weight = |c: &Cleared| c.evidence.iter().find(|e| e.signal == signal).map_or(0.0, |e| e.weight);
    let weights: Vec<f64> = quiet.cohorts(class).into_iter().map(weight).collect();
    assert!(weights.iter().any(|w| *w <= DECIDES), "`{signal}` weighs {weights:?} in the cohorts of the class");
    quiet
}

/// Nothing is raised, and the class's own wording was set aside as plainly public before any cohort was made of it.
#[track_caller]
fn check_public(class: Class, accounts: u32, seed: u64, at_least: usize) {
    let largest = Quiet::of(&plan(class, accounts, seed)).public(class);
    assert!(largest >= at_least, "the largest template set aside has {largest} accounts");
}

#[track_caller]
fn check_explanation(quiet: &Quiet, class: Class, explanation: &str) {
    let said: BTreeSet<&str> = quiet.cohorts(class).iter().map(|c| c.class.as_str()).collect();
    assert!(said.contains(explanation), "said {said:?}");
}

#[test]
fn an_evaluation_harness_is_cleared_by_its_common_items() {
    let quiet = check(Class::EvalHarness, 60, 5, "item sharding");
    check_explanation(&quiet, Class::EvalHarness, "evaluation harness");
}

#[test]
fn a_model_comparison_is_cleared_by_its_common_items() {
    let quiet = check(Class::ModelCompare, 60, 6, "item sharding");
    check_explanation(&quiet, Class::ModelCompare, "evaluation harness");
}

#[test]
fn a_campus_is_cleared_by_its_common_assignment() {
    let quiet = check(Class::CampusNat, 100, 5, "item sharding");
    check_explanation(&quiet, Class::CampusNat, "campus assignment");
}

#[test]
fn a_code_assistant_is_public_at_first_sight() {
    check_public(Class::CodeAssistant, 60, 5, 20);
}

#[test]
fn a_chatbot_is_cleared_by_being_declared_organisations() {
    let quiet = check(Class::Chatbot, 60, 5, "independent customers");
    check_explanation(&quiet, Class::Chatbot, "template of a vendor");
}

#[test]
fn authorised_synthesis_is_cleared_by_being_declared_organisations() {
    let quiet = check(Class::AuthorisedSynth, 60, 5, "independent customers");
    check_explanation(&quiet, Class::AuthorisedSynth, "template of a vendor");
}

#[test]
fn an_audit_of_reasoning_is_public_at_first_sight() {
    check_public(Class::AuditReasoning, 60, 5, 8);
}

#[test]
fn an_enterprise_that_ramps_up_is_cleared_by_being_declared() {
    check(Class::EnterpriseRamp, 60, 5, "independent customers");
}

#[test]
fn batch_jobs_are_cleared_by_hours_of_their_own() {
    check(Class::BatchCi, 60, 5, "shared hours");
}

#[test]
fn dataset_translators_are_cleared_by_hours_of_their_own() {
    check(Class::DatasetTranslator, 60, 5, "shared hours");
}

#[test]
fn small_programs_are_cleared_by_being_there_from_the_start() {
    check(Class::SmallApp, 60, 5, "common start and stop");
}

#[test]
fn phrases_of_agencies_are_public_at_first_sight() {
    check_public(Class::Agency, 60, 5, 8);
}

#[test]
fn a_gateway_is_cleared_by_its_customers_unevenness_and_its_registration() {
    check(Class::Aggregator, 60, 5, "equalised use");
}

#[test]
fn an_established_public_tool_is_public_at_first_sight() {
    check_public(Class::PublicTool, 60, 5, 15);
}

#[test]
fn a_new_viral_tool_is_cleared_by_uneven_use() {
    let quiet = Quiet::of(&plan(Class::PublicTool, 60, 6));
    let cohorts = quiet.cohorts(Class::PublicTool);
    let new = cohorts.iter().find(|c| c.class == "new public tool").expect("a tool that is born inside the window");
    let weight = |signal: &str| new.evidence.iter().find(|e| e.signal == signal).map_or(0.0, |e| e.weight);
    assert!(weight("common start and stop") > 1.0, "it is new");
    assert!(weight("equalised use") <= DECIDES, "{}", weight("equalised use"));
    assert!(new.reason.starts_with("cleared by equalised use"), "{}", new.reason);
}

/// What would be a campaign of strangers is one customer's own work.
#[test]
fn accounts_of_one_declared_organisation_are_no_cohort() {
    let plan = Plan { campaigns: vec![Campaign::new(Archetype::CotHarvest, 30, 12)], ..Plan::benign(12, 150) };
    let guilty: BTreeSet<String> =
        plan.labels().filter(|l| l.campaign_id.is_some()).map(|l| l.account_id.as_str().to_owned()).collect();
    let mut accounts: Vec<Account> = plan.accounts().collect();
    let hunted = |accounts: &[Account]| {
        let tables = Tables::of_rows(accounts, plan.exchanges().map(|l| l.exchange));
        let findings = hunt::hunt(&tables.case(Settings::default()), |_| ());
        let own = |t: &&hunt::template::Template| {
            t.rows.iter().all(|r| guilty.contains(&tables.traffic.accounts[r.account as usize].account_id))
        };
        (tables.templates.iter().filter(own).count(), findings.campaigns.len())
    };
    let (templates, raised) = hunted(&accounts);
    assert!(templates > 0 && raised == 1, "{templates} templates of strangers, {raised} raised");
    let agency = OrganizationId::try_from("org-agency".to_owned()).expect("a lawful name");
    for account in accounts.iter_mut().filter(|a| guilty.contains(a.account_id.as_str())) {
        account.organization_id = Some(agency.clone());
    }
    assert_eq!(hunted(&accounts), (0, 0), "templates of one organisation, and campaigns");
}

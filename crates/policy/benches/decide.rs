//! How long a decision takes, from facts to a verdict, at 24, 50 and 100 rules.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench times and prints, and stops at what it does not expect"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use policy::{Effect, Facts, Limits, RuleFile, Rules, default_files};

const ROUNDS: usize = 10_000;
const BUDGET: Duration = Duration::from_micros(100);

fn main() {
    println!("facts to verdict; the budget is p99 <= {BUDGET:?} at 50 rules");
    // A condition with `like` is not understood without Cedar, so each such rule is evaluated.
    for (rules, also) in [(24, ""), (50, ""), (100, ""), (50, " && context.network.provider like \"*\"")] {
        if !also.is_empty() {
            println!("the same, where none of the added rules can be left out");
        }
        let set = set_of(rules, also);
        for (what, facts) in cases() {
            let (median, p99, effect) = time(&set, &facts);
            let over = if rules == 50 && p99 > BUDGET { "  OVER BUDGET" } else { "" };
            println!("{rules:>4} rules  {what:<9} {:<7} median {median:>9.2?}  p99 {p99:>9.2?}{over}", effect.as_str());
        }
    }
}

/// The shipped rules and as many more, made like them, as it takes.
fn set_of(rules: usize, also: &str) -> Rules {
    let mut files = default_files();
    let shipped = Rules::load(&files, &Limits::default()).unwrap().rules().len();
    let more: String = (shipped..rules)
        .map(|n| {
            format!(
                "@id(\"more-{n}\") @text(\"Please verify your account.\") @effect(\"verify\") @basis(\"risk\")\n\
                 forbid (principal, action, resource)\n\
                 when {{ [\"tor\", \"vpn\", \"proxy\", \"hosting\"].contains(context.network.class) }}\n\
                 when {{ context.behaviour.requests_last_day > {} && context.account.plan != \"plan-{n}\"{also} }}\n\
                 unless {{ context.account.verified || context.account.allow_listed }};\n",
                1_000_000 + n
            )
        })
        .collect();
    files.push(RuleFile { name: "more.cedar".to_owned(), text: more });
    let set = Rules::load(&files, &Limits::default()).unwrap();
    assert_eq!(set.rules().len(), rules.max(shipped));
    set
}

fn time(rules: &Rules, facts: &Facts) -> (Duration, Duration, Effect) {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        black_box(rules.decide(black_box(facts)));
        times.push(start.elapsed());
    }
    times.sort_unstable();
    (times[ROUNDS / 2], times[ROUNDS * 99 / 100], rules.decide(facts).effect)
}

fn cases() -> [(&'static str, Facts); 3] {
    let plain = Facts::unknown(jiff::Timestamp::from_second(1_790_000_000).unwrap());
    let mut everyday = plain.clone();
    everyday.account.id = Some("acct-000017".to_owned());
    everyday.account.key = policy::KeyState::Active;
    everyday.account.age_days = Some(400);
    everyday.network.class = policy::AddressClass::Cloud;
    everyday.network.provider = Some("aws".to_owned());
    everyday.network.registered_country = Some("US".to_owned());
    everyday.network.located_country = Some("US".to_owned());
    everyday.network.asn = Some(16_509);
    everyday.organization.standing = policy::Standing::Clear;
    everyday.behaviour.requests_last_day = 12_000;
    let mut caught = everyday.clone();
    caught.organization.standing = policy::Standing::Caught;
    caught.network.registered_country = Some("KP".to_owned());
    caught.network.located_country = Some("KP".to_owned());
    caught.account.age_days = Some(2);
    [("everyday", everyday), ("unknown", plain), ("refused", caught)]
}

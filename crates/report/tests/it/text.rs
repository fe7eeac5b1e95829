//! The terminal rendering.

use expect_test::{Expect, expect};
use hunt::campaign::Findings;
use report::text;
use unicode_width::UnicodeWidthStr;

use crate::fixture::{self, RING, SMALL};

#[track_caller]
fn check(findings: &Findings, width: usize, expected: Expect) {
    expected.assert_eq(&text(findings, false, width));
}

#[test]
fn a_table_then_each_campaign_then_what_was_cleared() {
    check(
        &fixture::findings(&[RING, SMALL]),
        100,
        expect![[r#"
            2 campaigns were found: 444 of 24,006 accounts harvest together in a way that chance and honest use
            do not explain.
            Searched 16,204,311 exchanges of 24,006 accounts, 2026-09-01 00:07 to 2026-09-14 18:07 UTC; 93
            cohorts tested; false discovery rate 5 %.

            #  campaign      effect  accounts  harvest  score       q  first alert
            1  cmp-2a3db38e  deny         420   54,692   40.0  0.0012  2026-09-03 12:07
            2  cmp-009ede32  verify        24    1,532   40.0  0.0024  2026-09-06 06:07

            1  deny cmp-2a3db38e
               420 accounts created within four days work through one list of questions with the same tutor
               prompt, share it out without overlap, and pause together.
               evidence  text +22.8, timing +13.5, identity +11.8, behaviour +1.3; score 40.0 bits, q 0.0012
               foremost  rare wording: 97 % of the exchanges share one wording that 3 of 23,580 other accounts
                         use. Users of one public tool would be spread over many unrelated accounts.
               unlike    evaluation harness. Users of a public benchmark repeat each other's items; here 2 of
                         61,440 are shared where about 340 would be, and the accounts are linked.
               accounts  420, harvest 54,692 exchanges: acct_2e8cd90000, acct_6a26bc0001, acct_8d5c360002, 417
                         more
               alert     2026-09-03 12:07 UTC, after about 1.8 % of the harvest

            2  verify cmp-009ede32
               24 accounts created within four days work through one list of questions with the same tutor
               prompt, share it out without overlap, and pause together.
               evidence  text +22.8, timing +13.5, identity +11.8, behaviour +1.3; score 40.0 bits, q 0.0024
               foremost  rare wording: 97 % of the exchanges share one wording that 3 of 23,580 other accounts
                         use. Users of one public tool would be spread over many unrelated accounts.
               unlike    evaluation harness. Users of a public benchmark repeat each other's items; here 2 of
                         61,440 are shared where about 340 would be, and the accounts are linked.
               accounts  24, harvest 1,532 exchanges: acct_da15c80000, acct_0e1c4b0001, acct_96d3fe0002, 21 more
               alert     2026-09-06 06:07 UTC, at the very start of the harvest

            cleared  public tool 2, agency 1, evaluation harness 1
        "#]],
    );
}

#[test]
fn a_narrow_terminal_gets_fewer_columns() {
    check(
        &fixture::findings(&[SMALL]),
        40,
        expect![[r#"
            1 campaign was found: 24 of 24,006
            accounts harvest together in a way that
            chance and honest use do not explain.
            Searched 16,204,311 exchanges of 24,006
            accounts, 2026-09-01 00:07 to 2026-09-14
            18:07 UTC; 93 cohorts tested; false
            discovery rate 5 %.

            #  effect  accounts  harvest
            1  verify        24    1,628

            1  verify cmp-346a2b42
               24 accounts created within four days
               work through one list of questions
               with the same tutor prompt, share it
               out without overlap, and pause
               together.
               evidence  text +22.8, timing +13.5,
                         identity +11.8, behaviour
                         +1.3; score 40.0 bits, q
                         0.0012
               foremost  rare wording: 97 % of the
                         exchanges share one wording
                         that 3 of 23,580 other
                         accounts use. Users of one
                         public tool would be spread
                         over many unrelated
                         accounts.
               unlike    evaluation harness. Users
                         of a public benchmark
                         repeat each other's items;
                         here 2 of 61,440 are shared
                         where about 340 would be,
                         and the accounts are
                         linked.
               accounts  24, harvest 1,628
                         exchanges: acct_c42d520000,
                         acct_aa31c20001,
                         acct_a5af350002, 21 more
               alert     2026-09-06 06:07 UTC, after
                         about 0.2 % of the harvest

            cleared  public tool 2, agency 1,
                     evaluation harness 1
        "#]],
    );
}

#[test]
fn nothing_found() {
    check(
        &fixture::nothing(),
        80,
        expect![[r#"
        No coordinated harvest campaign was found.
        Searched 0 exchanges of 24,006 accounts, no time known; 93 cohorts tested; false
        discovery rate 5 %.

        cleared  no cohort came close enough to need clearing
    "#]],
    );
}

#[test]
fn no_line_is_wider_than_the_terminal_and_nothing_escapes() {
    for findings in [fixture::ordinary(), fixture::hostile()] {
        for width in [40, 60, 80, 120] {
            for line in text(&findings, false, width).lines() {
                assert!(line.width() <= width, "{} > {width}: {line}", line.width());
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
}

#[test]
fn colour_adds_escapes_and_nothing_else() {
    let findings = fixture::ordinary();
    let mut plain = text(&findings, true, 80);
    for code in ["\u{1b}[1m", "\u{1b}[2m", "\u{1b}[1;31m", "\u{1b}[1;33m", "\u{1b}[1;36m", "\u{1b}[0m"] {
        plain = plain.replace(code, "");
    }
    assert_eq!(plain, text(&findings, false, 80));
}

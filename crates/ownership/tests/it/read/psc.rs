//! The Companies House snapshot.

use expect_test::expect;

use super::support::check;

#[test]
fn holders_are_keyed_by_their_record_or_by_a_british_register() {
    check(
        r#"
{"company_number":"09145694","data":{"kind":"individual-person-with-significant-control","name":"Mrs Jo Doe","country_of_residence":"Russia","nationality":"Russian","natures_of_control":["ownership-of-shares-25-to-50-percent","voting-rights-50-to-75-percent"],"notified_on":"2016-04-06","ceased_on":"2020-01-02","links":{"self":"/company/09145694/persons-with-significant-control/individual/A1"}}}
{"company_number":"SC123","data":{"kind":"corporate-entity-person-with-significant-control","name":"Hold Ltd","identification":{"country_registered":"England And Wales","registration_number":"123456"},"natures_of_control":["ownership-of-shares-75-to-100-percent","right-to-appoint-and-remove-directors"],"notified_on":"2016-04-06","links":{"self":"/company/SC123/psc/corporate/B1"}}}
{"company_number":"00000002","data":{"kind":"corporate-entity-person-with-significant-control","name":"Hold BV","identification":{"country_registered":"Netherlands","registration_number":"123456"},"natures_of_control":["significant-influence-or-control"],"links":{"self":"/b2"}}}
{"company_number":"OE000002","data":{"kind":"legal-person-beneficial-owner","name":"Ministry","natures_of_control":["ownership-of-shares-more-than-25-percent-as-trust-registered-overseas-entity","right-to-appoint-and-remove-members-limited-liability-partnership","voting-rights-25-to-50-percent-as-firm-limited-liability-partnership","right-to-share-surplus-assets-75-to-100-percent-limited-liability-partnership"],"links":{"self":"/l1"}}}
"#,
        expect![[r#"
            /company/09145694/persons-with-significant-control/individual/A1 Person Primary `Mrs Jo Doe`
            /company/09145694/persons-with-significant-control/individual/A1 > GB-COH-09145694 Shares (2500, 5000] indirect [2016-04-06..2020-01-02) (/company/09145694/persons-with-significant-control/individual/A1)
            /company/09145694/persons-with-significant-control/individual/A1 > GB-COH-09145694 Votes (5000, 7500) indirect [2016-04-06..2020-01-02) (/company/09145694/persons-with-significant-control/individual/A1)
            GB-COH-09145694 Company in gb Register("GB-COH")=09145694
            GB-COH-00123456 Company Primary `Hold Ltd` in gb Register("GB-COH")=00123456
            GB-COH-00123456 > GB-COH-SC000123 Shares [7500, 10000] [2016-04-06..) (/company/SC123/psc/corporate/B1)
            GB-COH-00123456 > GB-COH-SC000123 Board [2016-04-06..) (/company/SC123/psc/corporate/B1)
            GB-COH-SC000123 Company in gb Register("GB-COH")=SC000123
            /b2 Company Primary `Hold BV` Register("Netherlands")=123456
            /b2 > GB-COH-00000002 Influence (/b2)
            GB-COH-00000002 Company in gb Register("GB-COH")=00000002
            /l1 Unknown Primary `Ministry`
            /l1 > GB-COH-OE000002 Influence (2500, 10000] (/l1)
            /l1 > GB-COH-OE000002 Board (/l1)
            /l1 > GB-COH-OE000002 Influence (2500, 5000] (/l1)
            /l1 > GB-COH-OE000002 Other [7500, 10000] (/l1)
            GB-COH-OE000002 Company Register("GB-COH")=OE000002
        "#]],
    );
}

#[test]
fn what_names_nobody_is_a_gap_and_totals_are_held_against_what_was_found() {
    check(
        r#"
{"company_number":"00000001","data":{"kind":"super-secure-person-with-significant-control","description":"super-secure-persons-with-significant-control","links":{"self":"/s1"}}}
{"company_number":"00000002","data":{"kind":"persons-with-significant-control-statement","statement":"no-individual-or-entity-with-signficant-control","notified_on":"2017-01-01","links":{"self":"/t1"}}}
{"company_number":"00000003","data":{"kind":"exemptions","exemptions":{"psc_exempt_as_shares_admitted_on_market":{"items":[{"exempt_from":"2026-03-01"}]}},"links":{"self":"/e1"}}}
{"data":{"kind":"totals#persons-of-significant-control-snapshot","persons_of_significant_control_count":2,"statements_count":1,"exemptions_count":1,"generated_at":"2026-01-01T06:00:00Z"}}
"#,
        expect![[r#"
            ? GB-COH-00000001: super-secure-persons-with-significant-control (/s1)
            ? GB-COH-00000002: no-individual-or-entity-with-signficant-control [2017-01-01..) (/t1)
            ? GB-COH-00000003: psc-exempt-as-shares-admitted-on-market [2026-03-01..) (/e1)
            - 1 totals at the end of the snapshot
            = 1 of 2 persons with significant control
            = 1 of 1 statements
            = 1 of 1 exemptions
        "#]],
    );
}

#[test]
fn what_is_unknown_or_contradictory_is_refused() {
    check(
        r#"
{"company_number":"00000001","data":{"kind":"individual-person-with-significant-control","name":"A","natures_of_control":["ownership-of-shares-25-to-50-percent","ownership-of-moons"],"links":{"self":"/a"}}}
{"company_number":"00000001","data":{"kind":"individual-person-with-significant-control","name":"A","natures_of_control":["ownership-of-shares-25-to-50-percent"]}}
{"company_number":"00000001","data":{"kind":"individual-person-with-significant-control","notified_on":"2020-01-01","ceased_on":"2019-01-01","links":{"self":"/a"}}}
{"company_number":"??","data":{"kind":"individual-person-with-significant-control","links":{"self":"/a"}}}
{"company_number":"00000001","data":{"kind":"alien","links":{"self":"/a"}}}
"#,
        expect![[r#"
            /a Person Primary `A`
            /a > GB-COH-00000001 Shares (2500, 5000] indirect (/a)
            GB-COH-00000001 Company in gb Register("GB-COH")=00000001
            ! line 2 unknown-schema: field `data.natures_of_control`: `ownership-of-moons` is no nature that we know
            ! line 3 missing-field: field `data.links` is missing or empty, and the record says nothing without it
            ! line 4 date-order: field `ceased_on`: what begins on 2020-01-01 ends before that, on 2019-01-01; correct one of the two dates
            ! line 5 bad-id: field `company_number`: `??` is no number of Companies House: eight figures, two letters and six, or R and seven
            ! line 6 unknown-schema: field `data.kind`: `alien` is no kind of record that we know
        "#]],
    );
}

#[test]
fn companies_from_before_partition_have_a_number_too() {
    check(
        r#"{"company_number":"R0000123","data":{"kind":"super-secure-person-with-significant-control","description":"super-secure","links":{"self":"/a"}}}"#,
        expect![[r#"
            ? GB-COH-R0000123: super-secure (/a)
        "#]],
    );
}

//! FollowTheMoney.

use expect_test::expect;

use super::support::check;

#[test]
fn parties_have_their_names_places_numbers_and_lists() {
    check(
        r#"
{"id":"c1","schema":"Company","caption":"Acme","datasets":["us_ofac_sdn"],"properties":{"name":["Acme Ltd"],"alias":["Acme"],"weakAlias":["A"],"previousName":["Old Acme"],"jurisdiction":["us-de"],"mainCountry":["cn"],"registrationNumber":["123"],"leiCode":["5493001KJTIIGC8Y1R12"],"innCode":["77"],"topics":["sanction","role.pep"],"programId":["US-A"],"incorporationDate":["2001"]}}
{"id":"p1","schema":"Person","properties":{"name":["Jo Doe"],"country":["ru"],"topics":["sanction.linked"]}}
{"id":"b1","schema":"PublicBody","properties":{"name":["Ministry"]}}
{"id":"v1","schema":"Vessel","properties":{"name":["Boat"]}}
"#,
        expect![[r#"
            c1 Company Primary `Acme Ltd` Alias `Acme` Previous `Old Acme` Weak `A` in us-de from cn Lei=5493001KJTIIGC8Y1R12 Register("us")=123 Tax=77 on sanction/US-A on ofac-sdn/US-A [2001-01-01..)
            p1 Person Primary `Jo Doe` on sanction.linked/-
            b1 State Primary `Ministry`
            v1 Vessel Primary `Boat`
        "#]],
    );
}

#[test]
fn links_are_interests_by_their_schema() {
    check(
        r#"
{"id":"o1","schema":"Ownership","properties":{"owner":["a"],"asset":["b"],"percentage":["25-50%"],"startDate":["2020-03"],"endDate":["2022"]}}
{"id":"o2","schema":"Ownership","properties":{"owner":["a"],"asset":["c"]}}
{"id":"o3","schema":"Ownership","properties":{"owner":["a","x"],"asset":["d"],"percentage":["80"]}}
{"id":"o4","schema":"Ownership","properties":{"owner":["a"],"asset":["e"],"percentage":["50","51"]}}
{"id":"d1","schema":"Directorship","properties":{"director":["p"],"organization":["b"],"role":["chair"]}}
{"id":"u1","schema":"UnknownLink","properties":{"subject":["p"],"object":["b"]}}
{"id":"s1","schema":"Succession","properties":{"predecessor":["a"],"successor":["b"]}}
{"id":"z1","schema":"Nonsense","properties":{}}
"#,
        expect![[r#"
            a > b Shares [2500, 5000] [2020-03-01..2023-01-01) (o1)
            a > c Shares (o2)
            a > d Shares [0, 8000] (o3)
            x > d Shares [0, 8000] (o3)
            a > e Shares [5000, 5000] (o4)
            a > e Shares [5100, 5100] (o4)
            p > b Other (d1)
            p > b Other (u1)
            ! line 9 unknown-schema: schema `Nonsense` is none that we know; is it FollowTheMoney, of a model that is newer?
            - 1 schema `Succession`
        "#]],
    );
}

#[test]
fn a_bare_figure_of_at_most_one_has_both_readings_where_no_other_tells() {
    let row = |id: &str, percentage: &str| {
        format!(
            r#"{{"id":"{id}","schema":"Ownership","properties":{{"owner":["a"],"asset":["b"],"percentage":["{percentage}"]}}}}"#
        )
    };
    check(
        &[row("fraction", "0.5"), row("signed", "60 %"), row("refused", "-50")].join("\n"),
        expect![[r#"
        a > b Shares [6000, 6000] (signed)
        a > b Shares [50, 5000] (fraction)
        ! line 3 negative: field `percentage`: `-50` is negative, and nobody holds less than nothing
    "#]],
    );
}

#[test]
fn percentages_and_dates_are_read_or_refused() {
    let row = |id: &str, percentage: &str, date: &str| {
        format!(
            r#"{{"id":"{id}","schema":"Ownership","properties":{{"owner":["a"],"asset":["b"],"percentage":["{percentage}"],"startDate":["{date}"]}}}}"#
        )
    };
    let rows = [
        row("over", "120", "2024"),
        row("negative", "-5", "2024"),
        row("words", "most of it", "2024"),
        row("fraction", "0.5", "2024"),
        row("comma", "50,1 %", "2024"),
        row("above", "> 50", "2024-02-03T10:00:00+09:00"),
        row("percent", "0.25", "2024"),
        row("ambiguous", "50", "01/05/2024"),
        row("february", "50", "2024-02-30"),
        row("short", "50", "2024-5-1"),
    ];
    check(
        &rows.join("\n"),
        expect![[r#"
            a > b Shares [5010, 5010] [2024-01-01..) (comma)
            a > b Shares (5000, 10000] [2024-02-03..) (above)
            a > b Shares [50, 50] [2024-01-01..) (fraction)
            a > b Shares [25, 25] [2024-01-01..) (percent)
            ! line 1 over-whole: field `percentage`: `120` is over the whole, 100 %
            ! line 2 negative: field `percentage`: `-5` is negative, and nobody holds less than nothing
            ! line 3 bad-percent: field `percentage`: `most of it` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
            ! line 8 bad-date: field `startDate`: `01/05/2024` can be read in more than one way, or in none; write `2024-05-01`, or `2024-05` or `2024` where no more is known
            ! line 9 bad-date: field `startDate`: `2024-02-30` is no date of the calendar; write `2024-05-01`, or `2024-05` or `2024` where no more is known
            ! line 10 bad-date: field `startDate`: `2024-5-1` is no date of the calendar; write `2024-05-01`, or `2024-05` or `2024` where no more is known
        "#]],
    );
}

#[test]
fn what_cannot_be_is_refused() {
    check(
        r#"
{"id":"o1","schema":"Ownership","properties":{"owner":["a"],"asset":["a"]}}
{"id":"o2","schema":"Ownership","properties":{"owner":[],"asset":["b"]}}
{"id":"o3","schema":"Ownership","properties":{"owner":["a"],"asset":["b"],"startDate":["2024-01-02"],"endDate":["2023-01-02"]}}
{"id":"o4","schema":"Ownership","properties":{"owner":"a","asset":["b"]}}
{"id":"","schema":"Company","properties":{"name":["x"]}}
{"id":"c1","schema":"Company","properties":{"name":["Раураl Ltd"],"leiCode":["5493001KJTIIGC8Y1R13"],"jurisdiction":["suhh"]}}
{"id":"c2","schema":"Company","properties":{"name":[{"a":1}]}}
{"id":"c3","schema":"Company"
not json
"#,
        expect![[r#"
            c1 Company Primary `Раураl Ltd`
            ! line 2 self-ownership: `a` is stated to own itself; treasury shares are no owner
            ! line 3 missing-field: field `properties.owner` is missing or empty, and the record says nothing without it
            ! line 4 date-order: field `endDate`: what begins on 2024-01-02 ends before that, on 2023-01-02; correct one of the two dates
            ! line 5 wrong-type: field `properties.owner` is the text `a`, expected a list
            ! line 6 missing-field: field `id` is missing or empty, and the record says nothing without it
            ! line 7 bad-lei: field `leiCode`: the check digits of the LEI `5493001KJTIIGC8Y1R13` are wrong; look for a typing error
            ! line 8 wrong-type: field `properties.name` is an object, expected a list of texts
            ! line 9 truncated: row ends inside a JSON value, after 29 bytes; was the file cut?
            ! line 10 bad-json: row is not JSON: it begins with `not json`
            - 1 jurisdiction `suhh`, which is no code that we use
        "#]],
    );
}

/// One dataset holds several lists of the Commerce department; the programme says which.
#[test]
fn a_programme_that_is_a_list_is_one() {
    let row = |id: &str, topic: &str, programme: &str| {
        format!(
            r#"{{"id":"{id}","schema":"Company","properties":{{"name":["A"],"topics":["{topic}"],"programId":["{programme}"]}},"datasets":["us_trade_csl"]}}"#
        )
    };
    check(
        &[
            row("e", "export.control", "US-BIS-EL"),
            row("m", "export.control", "US-BIS-MEU"),
            row("l", "export.control.linked", "US-BIS-EL"),
        ]
        .join("\n"),
        expect![[r#"
            e Company Primary `A` on export.control/US-BIS-EL on bis-entity/- on us_trade_csl/US-BIS-EL
            m Company Primary `A` on export.control/US-BIS-MEU on bis-meu/- on us_trade_csl/US-BIS-MEU
            l Company Primary `A` on export.control.linked/US-BIS-EL
        "#]],
    );
}

//! Beneficial Ownership Data Standard.

use expect_test::expect;

use super::support::check;

fn statement(kind: &str, record: &str, status: &str, date: &str, details: &str) -> String {
    format!(
        r#"{{"statementId":"s-{record}-{date}","recordType":"{kind}","recordId":"{record}","recordStatus":"{status}","statementDate":"{date}","recordDetails":{details}}}"#
    )
}

fn holding(record: &str, status: &str, date: &str, interest: &str) -> String {
    let details = format!(r#"{{"isComponent":false,"subject":"c","interestedParty":"p","interests":[{interest}]}}"#);
    statement("relationship", record, status, date, &details)
}

#[test]
fn parties_are_entities_by_their_type() {
    let rows = [
        statement(
            "entity",
            "c",
            "new",
            "2020-01-01",
            r#"{"entityType":{"type":"registeredEntity"},"name":"Acme","alternateNames":["Acme AG"],"jurisdiction":{"code":"US-DE"},"identifiers":[{"scheme":"GB-COH","id":"01"},{"schemeName":"Some register","id":"2"}],"foundingDate":"1999-01"}"#,
        ),
        statement(
            "entity",
            "t",
            "new",
            "2020-01-01",
            r#"{"entityType":{"type":"arrangement","subtype":"trust"},"name":"Trust"}"#,
        ),
        statement("entity", "s", "new", "2020-01-01", r#"{"entityType":{"type":"state"},"name":"State"}"#),
        statement(
            "person",
            "p",
            "new",
            "2020-01-01",
            r#"{"personType":"knownPerson","names":[{"type":"legal","fullName":"Jo Doe"},{"type":"former","givenName":"Jo","familyName":"Roe"}],"nationalities":[{"code":"RU"}]}"#,
        ),
        statement(
            "person",
            "q",
            "new",
            "2020-01-01",
            r#"{"personType":"anonymousPerson","unspecifiedPersonDetails":{"reason":"subjectUnableToConfirmOrIdentifyBeneficialOwner"}}"#,
        ),
    ];
    check(
        &format!("[{}]", rows.join(",\n")),
        expect![[r#"
        c Company Primary `Acme` Alias `Acme AG` in us-de Register("GB-COH")=01 Other("Some register")=2 [1999-01-01..)
        t Arrangement Primary `Trust`
        s State Primary `State`
        p Person Primary `Jo Doe` Previous `Jo Roe`
        q Person
        ? q: subjectUnableToConfirmOrIdentifyBeneficialOwner (s-q-2020-01-01)
    "#]],
    );
}

#[test]
fn shares_keep_their_ends() {
    let share = |share: &str| format!(r#"{{"type":"shareholding","directOrIndirect":"direct","share":{share}}}"#);
    let rows = [
        holding("r1", "new", "2020-01-01", &share(r#"{"exact":76.5}"#)),
        holding("r2", "new", "2020-01-01", &share(r#"{"exclusiveMinimum":25,"maximum":50}"#)),
        holding("r3", "new", "2020-01-01", &share(r#"{"minimum":75,"exclusiveMaximum":100}"#)),
        holding("r4", "new", "2020-01-01", &share(r#"{"minimum":33.333}"#)),
        holding("r5", "new", "2020-01-01", &share(r#"{"exact":0.5}"#)),
        holding("r6", "new", "2020-01-01", &share(r#"{"exact":120}"#)),
        holding("r7", "new", "2020-01-01", &share(r#"{"exact":-1}"#)),
        holding("r8", "new", "2020-01-01", &share(r#"{"minimum":60,"maximum":50}"#)),
        holding("r9", "new", "2020-01-01", &share(r#"{"exact":"half"}"#)),
    ];
    check(
        &rows.join("\n"),
        expect![[r#"
        p > c Shares [7650, 7650] (s-r1-2020-01-01)
        p > c Shares (2500, 5000] (s-r2-2020-01-01)
        p > c Shares [7500, 10000) (s-r3-2020-01-01)
        p > c Shares [3333, 10000] (s-r4-2020-01-01)
        p > c Shares [50, 50] (s-r5-2020-01-01)
        ! line 6 over-whole: field `interests.share.exact`: `120 %` is over the whole, 100 %
        ! line 7 negative: field `interests.share.exact`: `-1 %` is negative, and nobody holds less than nothing
        ! line 8 bad-percent: field `interests.share`: a share from 6000 to 5000 basis points holds no value
        ! line 9 wrong-type: field `interests.share.exact` is the text `half`, expected a number, in percent
    "#]],
    );
}

#[test]
fn every_type_of_interest_has_its_kind() {
    let types = [
        "shareholding",
        "votingRights",
        "appointmentOfBoard",
        "otherInfluenceOrControl",
        "seniorManagingOfficial",
        "settlor",
        "trustee",
        "protector",
        "beneficiaryOfLegalArrangement",
        "rightsToSurplusAssetsOnDissolution",
        "rightsToProfitOrIncome",
        "rightsGrantedByContract",
        "conditionalRightsGrantedByContract",
        "controlViaCompanyRulesOrArticles",
        "controlByLegalFramework",
        "boardMember",
        "boardChair",
        "unknownInterest",
        "unpublishedInterest",
        "enjoymentAndUseOfAssets",
        "rightToProfitOrIncomeFromAssets",
        "nominee",
        "nominator",
        "somethingElse",
    ];
    let interests = types.map(|kind| format!(r#"{{"type":"{kind}"}}"#)).join(",");
    check(
        &holding("r", "new", "2020-01-01", &interests),
        expect![[r#"
        p > c Shares (s-r-2020-01-01)
        p > c Votes (s-r-2020-01-01)
        p > c Board (s-r-2020-01-01)
        p > c Influence (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        p > c Influence (s-r-2020-01-01)
        p > c Influence (s-r-2020-01-01)
        p > c Influence (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        p > c Contract (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        p > c Contract (s-r-2020-01-01)
        p > c Contract (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        ? c: unknownInterest (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        ? c: unpublishedInterest (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        p > c Other (s-r-2020-01-01)
        ! line 1 unknown-schema: field `interests.type`: `somethingElse` is no type of interest that BODS 0.4 has
    "#]],
    );
}

#[test]
fn a_later_statement_replaces_the_earlier_from_where_it_speaks() {
    let share = |start: &str, exact: u8| {
        format!(r#"{{"type":"shareholding","share":{{"exact":{exact}}},"startDate":"{start}"}}"#)
    };
    let rows = [
        // Out of order on purpose.
        holding("r", "updated", "2021-09-25", &share("2021-09-24", 40)),
        holding("r", "new", "2019-01-20", &share("2002-03-09", 100)),
        holding("r", "closed", "2023-03-03", &share("2021-09-24", 40)),
        // A correction: the same beginning, another figure.
        holding("k", "new", "2019-01-20", &share("2002-03-09", 10)),
        holding("k", "updated", "2019-02-20", &share("2002-03-09", 60)),
    ];
    check(
        &rows.join("\n"),
        expect![[r#"
        p > c Shares [10000, 10000] [2002-03-09..2021-09-24) (s-r-2019-01-20)
        p > c Shares [4000, 4000] [2021-09-24..2023-03-03) (s-r-2021-09-25)
        p > c Shares [4000, 4000] [2021-09-24..2023-03-03) (s-r-2023-03-03)
        p > c Shares [6000, 6000] [2002-03-09..) (s-k-2019-02-20)
        - 1 interest that a later statement replaces from its beginning
    "#]],
    );
}

#[test]
fn a_missing_owner_is_a_gap_and_a_nominee_holds_for_the_nominator() {
    let relation = |record: &str, subject: &str, party: &str, rest: &str| {
        let details = format!(r#"{{"subject":{subject},"interestedParty":{party}{rest}}}"#);
        statement("relationship", record, "new", "2020-01-01", &details)
    };
    let rows = [
        relation("g1", r#""c""#, r#"{"reason":"subjectExemptFromDisclosure"}"#, ""),
        relation("g2", r#"{"reason":"noBeneficialOwners"}"#, r#""p""#, ""),
        relation("g3", r#""c""#, r#""p""#, ""),
        relation("n1", r#""n""#, r#""p""#, r#","interests":[{"type":"nominator"}]"#),
        relation("n2", r#""n""#, r#""q""#, r#","interests":[{"type":"nominee"}]"#),
        relation("n3", r#""c""#, r#""n""#, r#","interests":[{"type":"shareholding","share":{"exact":60}}]"#),
        relation(
            "s1",
            r#""c""#,
            r#""p""#,
            r#","interests":[{"type":"shareholding","share":{"exact":60}}],"componentRecords":["n3"]"#,
        ),
        statement(
            "entity",
            "n",
            "new",
            "2020-01-01",
            r#"{"entityType":{"type":"arrangement","subtype":"nomination"},"name":"N"}"#,
        ),
    ];
    check(
        &rows.join("\n"),
        expect![[r#"
        ? c: subjectExemptFromDisclosure (s-g1-2020-01-01)
        p > c Other (s-g3-2020-01-01)
        ? c: interests are not stated (s-g3-2020-01-01)
        p > n Nomination (s-n1-2020-01-01)
        q > n Other (s-n2-2020-01-01)
        n > c Shares [6000, 6000] (s-n3-2020-01-01)
        p > c Shares [6000, 6000] indirect (s-s1-2020-01-01)
        n Arrangement Primary `N`
        - 1 relationship whose subject is not named: noBeneficialOwners
    "#]],
    );
}

#[test]
fn another_version_of_the_standard_is_named() {
    check(
        r#"[{"statementID":"x","statementType":"entityStatement"}, 5,
{"statementId":"y","recordType":"thing","recordId":"r","statementDate":"2020-01-01","recordDetails":{}}]"#,
        expect![[r#"
            ! line 1 unknown-schema: statement has `statementType`, as in BODS 0.1 to 0.3; convert it to 0.4, which has `recordType`
            ! line 1 wrong-type: row is the number `5`, expected an object
            ! line 2 unknown-schema: field `recordType`: `thing` is none of entity, person, relationship
        "#]],
    );
}

/// An update without a beginning of its own speaks from the day of its statement, so that a day before it sees what held then.
#[test]
fn an_update_does_not_reach_back_before_its_day() {
    let share = |record: &str, status: &str, date: &str, percent: u8| {
        let details = format!(
            r#"{{"subject":"c","interestedParty":"p","interests":[{{"type":"shareholding","share":{{"exact":{percent}}}}}]}}"#
        );
        statement("relationship", record, status, date, &details)
    };
    check(
        &[
            share("r", "new", "2020-01-01", 30),
            share("r", "updated", "2022-01-01", 60),
            share("r", "closed", "2024-01-01", 60),
        ]
        .join("\n"),
        expect![[r#"
            p > c Shares [3000, 3000] [..2022-01-01) (s-r-2020-01-01)
            p > c Shares [6000, 6000] [2022-01-01..2024-01-01) (s-r-2022-01-01)
            - 1 interest that a later statement replaces from its beginning
        "#]],
    );
}

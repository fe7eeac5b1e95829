//! GLEIF in its three spellings.

use expect_test::expect;
use ownership::Feed;

use super::support::{check, told};

const A: &str = "5493001KJTIIGC8Y1R12";
const B: &str = "213800QILIUD4ROSUO03";

fn entity_xml(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- <lei:LEIRecord> in a comment -->\n<lei:LEIData xmlns:lei=\"http://www.gleif.org/data/schema/leidata/2016\">\n<lei:LEIHeader><lei:ContentDate>2026-01-01T00:00:00Z</lei:ContentDate><lei:RecordCount>2</lei:RecordCount></lei:LEIHeader>\n<lei:LEIRecords>\n{body}\n</lei:LEIRecords>\n</lei:LEIData>\n"
    )
}

#[test]
fn level_1_reads_alike_from_xml_csv_and_json() {
    let xml = format!(
        "<lei:LEIRecord><lei:LEI>{A}</lei:LEI><lei:Entity><lei:LegalName xml:lang=\"en\">Acme &amp; Co</lei:LegalName><lei:OtherEntityNames><lei:OtherEntityName xml:lang=\"en\" type=\"PREVIOUS_LEGAL_NAME\">Old Acme</lei:OtherEntityName><lei:OtherEntityName type=\"TRADING_OR_OPERATING_NAME\"><![CDATA[Acme <shop>]]></lei:OtherEntityName></lei:OtherEntityNames><lei:TransliteratedOtherEntityNames><lei:TransliteratedOtherEntityName type=\"AUTO_ASCII_TRANSLITERATED_LEGAL_NAME\">Akme</lei:TransliteratedOtherEntityName></lei:TransliteratedOtherEntityNames><lei:LegalAddress><lei:Country>US</lei:Country></lei:LegalAddress><lei:HeadquartersAddress><lei:Country>CN</lei:Country></lei:HeadquartersAddress><lei:RegistrationAuthority><lei:RegistrationAuthorityID>RA000602</lei:RegistrationAuthorityID><lei:RegistrationAuthorityEntityID>77</lei:RegistrationAuthorityEntityID></lei:RegistrationAuthority><lei:LegalJurisdiction>US-DE</lei:LegalJurisdiction><lei:EntityCategory>GENERAL</lei:EntityCategory><lei:EntityStatus>ACTIVE</lei:EntityStatus><lei:EntityCreationDate>2001-02-03T00:00:00Z</lei:EntityCreationDate></lei:Entity><lei:Registration><lei:RegistrationStatus>ISSUED</lei:RegistrationStatus></lei:Registration></lei:LEIRecord>"
    );
    let xml = entity_xml(&xml).replace("<lei:RecordCount>2</lei:RecordCount>", "");
    let csv = format!(
        "LEI,Entity.LegalName,Entity.LegalName.xmllang,Entity.OtherEntityNames.OtherEntityName.1,Entity.OtherEntityNames.OtherEntityName.1.type,Entity.OtherEntityNames.OtherEntityName.2,Entity.OtherEntityNames.OtherEntityName.2.type,Entity.TransliteratedOtherEntityNames.TransliteratedOtherEntityName.1,Entity.HeadquartersAddress.Country,Entity.RegistrationAuthority.RegistrationAuthorityID,Entity.RegistrationAuthority.RegistrationAuthorityEntityID,Entity.LegalJurisdiction,Entity.EntityCategory,Entity.EntityStatus,Entity.EntityCreationDate,Registration.RegistrationStatus\n{A},Acme & Co,en,Old Acme,PREVIOUS_LEGAL_NAME,\"Acme <shop>\",TRADING_OR_OPERATING_NAME,Akme,CN,RA000602,77,US-DE,GENERAL,ACTIVE,2001-02-03T00:00:00Z,ISSUED\n"
    );
    let json = format!(
        r#"{{"records":[{{"LEI":{{"$":"{A}"}},"Entity":{{"LegalName":{{"@xml:lang":"en","$":"Acme & Co"}},"OtherEntityNames":{{"OtherEntityName":[{{"@type":"PREVIOUS_LEGAL_NAME","$":"Old Acme"}},{{"@type":"TRADING_OR_OPERATING_NAME","$":"Acme <shop>"}}]}},"TransliteratedOtherEntityNames":{{"TransliteratedOtherEntityName":{{"$":"Akme"}}}},"HeadquartersAddress":{{"Country":{{"$":"CN"}}}},"RegistrationAuthority":{{"RegistrationAuthorityID":{{"$":"RA000602"}},"RegistrationAuthorityEntityID":{{"$":"77"}}}},"LegalJurisdiction":{{"$":"US-DE"}},"EntityCategory":{{"$":"GENERAL"}},"EntityCreationDate":{{"$":"2001-02-03T00:00:00Z"}}}},"Registration":{{"RegistrationStatus":{{"$":"ISSUED"}}}}}}]}}"#
    );
    let reading = Feed::of("file");
    let [xml, csv, json] = [xml, csv, json].map(|text| told(text.as_bytes(), &reading));
    expect![[r#"
        lei-5493001KJTIIGC8Y1R12 Company Primary `Acme & Co` Previous `Old Acme` Alias `Acme <shop>` Alias `Akme` in us-de from cn Lei=5493001KJTIIGC8Y1R12 Register("RA000602")=77 [2001-02-03..)
    "#]].assert_eq(&xml);
    assert_eq!(csv.replace("- 1 header\n", ""), xml);
    assert_eq!(json, xml);
}

fn relation(kind: &str, status: &str, registration: &str, periods: &str) -> String {
    format!(
        "<rr:RelationshipRecord><rr:Relationship><rr:StartNode><rr:NodeID>{A}</rr:NodeID><rr:NodeIDType>LEI</rr:NodeIDType></rr:StartNode><rr:EndNode><rr:NodeID>{B}</rr:NodeID><rr:NodeIDType>LEI</rr:NodeIDType></rr:EndNode><rr:RelationshipType>{kind}</rr:RelationshipType><rr:RelationshipPeriods>{periods}</rr:RelationshipPeriods><rr:RelationshipStatus>{status}</rr:RelationshipStatus></rr:Relationship><rr:Registration><rr:RegistrationStatus>{registration}</rr:RegistrationStatus></rr:Registration></rr:RelationshipRecord>\n"
    )
}

fn period(kind: &str, start: &str, end: &str) -> String {
    format!(
        "<rr:RelationshipPeriod><rr:StartDate>{start}</rr:StartDate><rr:EndDate>{end}</rr:EndDate><rr:PeriodType>{kind}</rr:PeriodType></rr:RelationshipPeriod>"
    )
}

#[test]
fn level_2_takes_the_period_of_the_relationship_and_honours_its_status() {
    let accounts = period("ACCOUNTING_PERIOD", "2021-01-01", "2021-12-31");
    let own = period("RELATIONSHIP_PERIOD", "2017-12-06T01:00:00+01:00", "");
    let ended = period("RELATIONSHIP_PERIOD", "2017-12-06", "2020-01-01");
    let rows = [
        relation("IS_DIRECTLY_CONSOLIDATED_BY", "ACTIVE", "PUBLISHED", &format!("{accounts}{own}")),
        relation("IS_ULTIMATELY_CONSOLIDATED_BY", "INACTIVE", "RETIRED", &format!("{accounts}{ended}")),
        relation("IS_DIRECTLY_CONSOLIDATED_BY", "INACTIVE", "PUBLISHED", &own),
        relation("IS_FUND-MANAGED_BY", "ACTIVE", "LAPSED", ""),
        relation("IS_SUBFUND_OF", "ACTIVE", "ANNULLED", ""),
        relation("IS_INTERNATIONAL_BRANCH_OF", "ACTIVE", "PUBLISHED", ""),
        relation("IS_FRIEND_OF", "ACTIVE", "PUBLISHED", ""),
        relation("IS_FEEDER_TO", "ACTIVE", "PUBLISHED", "").replace(B, A),
        relation("IS_FEEDER_TO", "ACTIVE", "PUBLISHED", "").replace(B, "213800QILIUD4ROSUO04"),
    ];
    let rows = rows.concat();
    check(
        &format!(
            "<rr:RelationshipData xmlns:rr=\"x\"><rr:RelationshipRecords>\n{rows}</rr:RelationshipRecords></rr:RelationshipData>"
        ),
        expect![[r#"
        lei-213800QILIUD4ROSUO03 > lei-5493001KJTIIGC8Y1R12 Consolidation [2017-12-06..) (5493001KJTIIGC8Y1R12 IS_DIRECTLY_CONSOLIDATED_BY 213800QILIUD4ROSUO03)
        lei-213800QILIUD4ROSUO03 > lei-5493001KJTIIGC8Y1R12 UltimateConsolidation [2017-12-06..2020-01-01) (5493001KJTIIGC8Y1R12 IS_ULTIMATELY_CONSOLIDATED_BY 213800QILIUD4ROSUO03)
        lei-213800QILIUD4ROSUO03 > lei-5493001KJTIIGC8Y1R12 Fund (5493001KJTIIGC8Y1R12 IS_FUND-MANAGED_BY 213800QILIUD4ROSUO03)
        lei-213800QILIUD4ROSUO03 > lei-5493001KJTIIGC8Y1R12 Shares [10000, 10000] (5493001KJTIIGC8Y1R12 IS_INTERNATIONAL_BRANCH_OF 213800QILIUD4ROSUO03)
        lei-213800QILIUD4ROSUO03 > lei-5493001KJTIIGC8Y1R12 Votes [10000, 10000] (5493001KJTIIGC8Y1R12 IS_INTERNATIONAL_BRANCH_OF 213800QILIUD4ROSUO03)
        ! line 8 unknown-schema: field `Relationship.RelationshipType`: `IS_FRIEND_OF` is no type that we know
        ! line 9 self-ownership: `lei-5493001KJTIIGC8Y1R12` is stated to own itself; treasury shares are no owner
        ! line 10 bad-lei: field `Relationship.EndNode.NodeID`: the check digits of the LEI `213800QILIUD4ROSUO04` are wrong; look for a typing error
        - 1 relationship that ended on a day that is not stated
        - 1 relationship whose registration is ANNULLED
    "#]],
    );
}

#[test]
fn level_2_reads_from_csv_and_json() {
    check(
        &format!(
            "Relationship.StartNode.NodeID,Relationship.StartNode.NodeIDType,Relationship.EndNode.NodeID,Relationship.EndNode.NodeIDType,Relationship.RelationshipType,Relationship.RelationshipStatus,Relationship.Period.1.startDate,Relationship.Period.1.endDate,Relationship.Period.1.periodType,Relationship.Period.2.startDate,Relationship.Period.2.endDate,Relationship.Period.2.periodType,Registration.RegistrationStatus\n{A},LEI,{B},LEI,IS_DIRECTLY_CONSOLIDATED_BY,ACTIVE,2021-01-01,2021-12-31,ACCOUNTING_PERIOD,2017-12-06T00:00:00Z,,RELATIONSHIP_PERIOD,PUBLISHED\n{A},LEI,{B},LEI,IS_DIRECTLY_CONSOLIDATED_BY\n"
        ),
        expect![[r#"
            lei-213800QILIUD4ROSUO03 > lei-5493001KJTIIGC8Y1R12 Consolidation [2017-12-06..) (5493001KJTIIGC8Y1R12 IS_DIRECTLY_CONSOLIDATED_BY 213800QILIUD4ROSUO03)
            ! line 3 bad-csv: row has 5 fields, and the header 13; is a quote or a comma missing?
            - 1 header
        "#]],
    );
    check(
        &format!(
            r#"{{"relations":[
 {{"RelationshipRecord":{{"Relationship":{{"StartNode":{{"NodeID":{{"$":"{A}"}}}},"EndNode":{{"NodeID":{{"$":"{B}"}}}},"RelationshipType":{{"$":"IS_DIRECTLY_CONSOLIDATED_BY"}},"RelationshipPeriods":{{"RelationshipPeriod":[{{"StartDate":{{"$":"2021-01-01"}},"EndDate":{{"$":"2021-12-31"}},"PeriodType":{{"$":"ACCOUNTING_PERIOD"}}}},{{"StartDate":{{"$":"2017-12-06"}},"PeriodType":{{"$":"RELATIONSHIP_PERIOD"}}}}]}},"RelationshipStatus":{{"$":"ACTIVE"}}}}}}}},
 {{"Relationship":{{"StartNode":{{"NodeID":"{A}"}},"EndNode":{{"NodeID":"{B}"}},"RelationshipType":"IS_FUND-MANAGED_BY"}}}}
]}}"#
        ),
        expect![[r#"
            lei-213800QILIUD4ROSUO03 > lei-5493001KJTIIGC8Y1R12 Consolidation [2017-12-06..) (5493001KJTIIGC8Y1R12 IS_DIRECTLY_CONSOLIDATED_BY 213800QILIUD4ROSUO03)
            lei-213800QILIUD4ROSUO03 > lei-5493001KJTIIGC8Y1R12 Fund (5493001KJTIIGC8Y1R12 IS_FUND-MANAGED_BY 213800QILIUD4ROSUO03)
        "#]],
    );
}

#[test]
fn a_reporting_exception_is_a_gap() {
    check(
        &format!(
            "<repex:ReportingExceptionData xmlns:repex=\"x\"><repex:Header><repex:RecordCount>3</repex:RecordCount></repex:Header><repex:ReportingExceptions><repex:Exception><repex:LEI>{A}</repex:LEI><repex:ExceptionCategory>DIRECT_ACCOUNTING_CONSOLIDATION_PARENT</repex:ExceptionCategory><repex:ExceptionReason>NON_PUBLIC</repex:ExceptionReason></repex:Exception><repex:Exception><repex:LEI>{A}</repex:LEI><repex:ExceptionCategory>OTHER</repex:ExceptionCategory></repex:Exception></repex:ReportingExceptions></repex:ReportingExceptionData>"
        ),
        expect![[r#"
            ? lei-5493001KJTIIGC8Y1R12: NON_PUBLIC (5493001KJTIIGC8Y1R12 DIRECT_ACCOUNTING_CONSOLIDATION_PARENT)
            ! line 1 unknown-schema: field `ExceptionCategory`: `OTHER` is no category that we know
            = 2 of 3 records
        "#]],
    );
    check(
        &format!(
            "LEI,Exception.Category,Exception.Reason.1,Exception.Reason.2,Exception.Reference.1\n{A},ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT,NO_KNOWN_PERSON,NATURAL_PERSONS,\n"
        ),
        expect![[r#"
            ? lei-5493001KJTIIGC8Y1R12: NO_KNOWN_PERSON (5493001KJTIIGC8Y1R12 ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT)
            ? lei-5493001KJTIIGC8Y1R12: NATURAL_PERSONS (5493001KJTIIGC8Y1R12 ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT)
            - 1 header
        "#]],
    );
    check(
        &format!(
            r#"{{"exceptions":[{{"LEI":{{"$":"{A}"}},"ExceptionCategory":{{"$":"DIRECT_ACCOUNTING_CONSOLIDATION_PARENT"}},"ExceptionReason":{{"$":"NO_LEI"}}}}]}}"#
        ),
        expect![[r#"
            ? lei-5493001KJTIIGC8Y1R12: NO_LEI (5493001KJTIIGC8Y1R12 DIRECT_ACCOUNTING_CONSOLIDATION_PARENT)
        "#]],
    );
}

#[test]
fn broken_xml_costs_its_record_only() {
    let good = |name: &str| {
        format!(
            "<lei:LEIRecord><lei:LEI>{A}</lei:LEI><lei:Entity><lei:LegalName>{name}</lei:LegalName></lei:Entity></lei:LEIRecord>\n"
        )
    };
    let body = [
        good("One"),
        good("Two").replace("</lei:LegalName>", "</lei:Name>"),
        good("Three").replace("</lei:LEIRecord>", ""),
        good("Four").replace("Four", "Four &boom;"),
        good("Five").replace("Five", "Five &#233; &lt;"),
        good("Six").replace("<lei:Entity>", &"<lei:a>".repeat(40)),
        format!("<lei:LEIRecord attr='>'><lei:LEI>{A}</lei:LEI></lei:LEIRecord>"),
    ];
    check(
        &entity_xml(&body.concat()),
        expect![[r#"
        lei-5493001KJTIIGC8Y1R12 Company Primary `One` Lei=5493001KJTIIGC8Y1R12
        lei-5493001KJTIIGC8Y1R12 Company Primary `Five é <` Lei=5493001KJTIIGC8Y1R12
        lei-5493001KJTIIGC8Y1R12 Company Lei=5493001KJTIIGC8Y1R12
        ! line 7 bad-xml: record is not XML: ill-formed document: expected `</lei:LegalName>`, but `</lei…, at byte 84 of the record
        ! line 8 bad-xml: record is not closed: `</LEIRecord>` is missing before what follows it
        ! line 9 bad-xml: entity `&boom;` is none of the five that XML has, and others are never expanded
        ! line 11 bad-xml: `<lei:a>` is nested more than 32 deep
        = 6 of 2 records
    "#]],
    );
}

#[test]
fn a_document_type_is_refused() {
    check(
        "<?xml version=\"1.0\"?><!DOCTYPE lei:LEIData [<!ENTITY a \"aaaa\">]><lei:LEIData><lei:LEIRecord/></lei:LEIData>",
        expect![[r#"
            failed: XML declares a document type; no GLEIF file has one, and entities are never expanded
        "#]],
    );
}

#[test]
fn exceptions_are_found_by_either_spelling_of_their_column() {
    check(
        &format!(
            "LEI,ExceptionCategory,ExceptionReason,ExceptionReference\n{A},ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT,NO_KNOWN_PERSON,\n"
        ),
        expect![[r#"
            ? lei-5493001KJTIIGC8Y1R12: NO_KNOWN_PERSON (5493001KJTIIGC8Y1R12 ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT)
            - 1 header
        "#]],
    );
}

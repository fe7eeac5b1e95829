//! What reading costs, by format: rows and bytes a second on one core. `cargo bench -p ownership --bench read`

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a bench reads the clock and prints figures")]

use std::{fmt::Write, hint::black_box, time::Instant};

use ownership::{Feed, Format, read};

const ROWS: usize = 100_000;
const TURNS: usize = 5;
const LEIS: [&str; 2] = ["5493001KJTIIGC8Y1R12", "213800QILIUD4ROSUO03"];

fn main() {
    report(
        Format::Ftm,
        &lines(|n| {
            format!(
                r#"{{"id":"c{n}","caption":"Acme {n} Ltd","schema":"Company","properties":{{"name":["Acme {n} Trading Limited","ACME {n}"],"jurisdiction":["gb"],"registrationNumber":["{n:08}"],"topics":["sanction"]}},"datasets":["a","b"]}}"#
            )
        }),
    );
    report(
        Format::Ftm,
        &lines(|n| {
            format!(
                r#"{{"id":"o{n}","schema":"Ownership","properties":{{"owner":["c{n}"],"asset":["c{}"],"percentage":["51.5"],"startDate":["2020-01-01"]}}}}"#,
                n + 1
            )
        }),
    );
    let bods = |n: usize| {
        format!(
            r#"{{"statementId":"s{n}","recordType":"relationship","recordId":"r{n}","recordStatus":"new","statementDate":"2020-01-01","recordDetails":{{"isComponent":false,"subject":"c{n}","interestedParty":"p{n}","interests":[{{"type":"shareholding","directOrIndirect":"direct","share":{{"minimum":25,"exclusiveMaximum":50}},"startDate":"2018-01-01"}}]}}}}"#
        )
    };
    report(Format::Bods, &lines(bods));
    report(Format::Bods, &format!("[{}]", lines(bods).trim_end().replace('\n', ",\n")));
    report(
        Format::GleifEntities,
        &format!("<lei:LEIData xmlns:lei=\"x\"><lei:LEIRecords>\n{}</lei:LEIRecords></lei:LEIData>", lines(entity)),
    );
    report(
        Format::GleifEntities,
        &format!(
            "LEI,Entity.LegalName,Entity.LegalName.xmllang,Entity.OtherEntityNames.OtherEntityName.1,Entity.OtherEntityNames.OtherEntityName.1.type,Entity.HeadquartersAddress.Country,Entity.LegalJurisdiction,Entity.EntityCategory,Registration.RegistrationStatus\n{}",
            lines(|n| format!(
                "{},\"Acme {n}, Ltd\",en,Old Acme {n},PREVIOUS_LEGAL_NAME,GB,GB,GENERAL,ISSUED",
                LEIS[n % 2]
            ))
        ),
    );
    report(
        Format::GleifRelationships,
        &format!(
            "<rr:RelationshipData xmlns:rr=\"x\"><rr:RelationshipRecords>\n{}</rr:RelationshipRecords></rr:RelationshipData>",
            lines(relation)
        ),
    );
    report(
        Format::GleifExceptions,
        &format!(
            "LEI,Exception.Category,Exception.Reason.1\n{}",
            lines(|n| format!("{},DIRECT_ACCOUNTING_CONSOLIDATION_PARENT,NON_CONSOLIDATING", LEIS[n % 2]))
        ),
    );
    report(
        Format::Psc,
        &lines(|n| {
            format!(
                r#"{{"company_number":"{n:08}","data":{{"address":{{"address_line_1":"1 High Street","country":"England","locality":"London","postal_code":"N1 1AA","premises":"1"}},"country_of_residence":"England","etag":"0123456789abcdef0123456789abcdef01234567","kind":"individual-person-with-significant-control","links":{{"self":"/company/{n:08}/persons-with-significant-control/individual/abcdefghijklmnopq"}},"name":"Mr A Person","name_elements":{{"forename":"A","surname":"Person"}},"natures_of_control":["ownership-of-shares-25-to-50-percent","voting-rights-25-to-50-percent"],"notified_on":"2016-04-06"}}}}"#
            )
        }),
    );
    report(
        Format::OfacSdn,
        &lines(|n| {
            format!(
                "{n},\"ACME {n}\",-0- ,\"SDGT] [IRGC\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"a.k.a. 'AC'; Tax ID No. {n}; Linked To: SOMEBODY.\"\r"
            )
        }),
    );
    report(
        Format::Names,
        &format!("name,id,alias,country\n{}", lines(|n| format!("\"Acme {n}, Ltd\",a{n},Acme;ACME,gb"))),
    );
}

fn lines(row: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for n in 0..ROWS {
        writeln!(text, "{}", row(n)).expect("writes to memory");
    }
    text
}

fn entity(n: usize) -> String {
    format!(
        "<lei:LEIRecord><lei:LEI>{}</lei:LEI><lei:Entity><lei:LegalName xml:lang=\"en\">Acme {n} &amp; Co</lei:LegalName><lei:OtherEntityNames><lei:OtherEntityName type=\"PREVIOUS_LEGAL_NAME\">Old Acme {n}</lei:OtherEntityName></lei:OtherEntityNames><lei:LegalAddress><lei:FirstAddressLine>1 High Street</lei:FirstAddressLine><lei:City>London</lei:City><lei:Country>GB</lei:Country></lei:LegalAddress><lei:HeadquartersAddress><lei:FirstAddressLine>1 High Street</lei:FirstAddressLine><lei:City>London</lei:City><lei:Country>GB</lei:Country></lei:HeadquartersAddress><lei:LegalJurisdiction>GB</lei:LegalJurisdiction><lei:EntityCategory>GENERAL</lei:EntityCategory></lei:Entity><lei:Registration><lei:RegistrationStatus>ISSUED</lei:RegistrationStatus></lei:Registration></lei:LEIRecord>",
        LEIS[n % 2]
    )
}

fn relation(n: usize) -> String {
    format!(
        "<rr:RelationshipRecord><rr:Relationship><rr:StartNode><rr:NodeID>{}</rr:NodeID><rr:NodeIDType>LEI</rr:NodeIDType></rr:StartNode><rr:EndNode><rr:NodeID>{}</rr:NodeID><rr:NodeIDType>LEI</rr:NodeIDType></rr:EndNode><rr:RelationshipType>IS_DIRECTLY_CONSOLIDATED_BY</rr:RelationshipType><rr:RelationshipPeriods><rr:RelationshipPeriod><rr:StartDate>2017-12-06T00:00:00Z</rr:StartDate><rr:PeriodType>RELATIONSHIP_PERIOD</rr:PeriodType></rr:RelationshipPeriod></rr:RelationshipPeriods><rr:RelationshipStatus>ACTIVE</rr:RelationshipStatus></rr:Relationship></rr:RelationshipRecord>",
        LEIS[n % 2],
        LEIS[(n + 1) % 2]
    )
}

/// The best of some turns.
fn report(format: Format, text: &str) {
    let reading = Feed { format, ..Feed::of("bench") };
    let mut best = f64::MAX;
    for _ in 0..TURNS {
        let start = Instant::now();
        let outcome = read(text.as_bytes(), &reading, &mut |item| drop(black_box(item)));
        best = best.min(start.elapsed().as_secs_f64());
        assert!(outcome.failure.is_none() && outcome.totals.rejected() == 0, "{outcome:?}");
        assert!(outcome.totals.rows as usize >= ROWS);
    }
    let shape = match text.as_bytes()[0] {
        b'<' => "XML",
        b'{' => "JSON lines",
        b'[' => "JSON list",
        _ => "CSV",
    };
    let (rows, bytes) = (ROWS as f64 / best, text.len() as f64 / best / 1e6);
    println!("{:20} {shape:10} {:4} bytes/row {rows:10.0} rows/s {bytes:6.0} MB/s", format.name(), text.len() / ROWS);
}

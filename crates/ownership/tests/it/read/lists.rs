//! OFAC's lists and CSV of names.

use expect_test::expect;
use ownership::{Feed, Format};

use super::support::{check, check_as, told};

#[test]
fn the_main_file_gives_listed_parties() {
    check(
        concat!(
            "36,\"AEROCARIBBEAN, \"\"THE\"\" AIRLINE\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n",
            "306,\"BANCO\",-0- ,\"SDGT] [IRGC\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"a.k.a. 'BNC'; Registration Number 12-3 (Iran); Tax ID No. 9; D-U-N-S Number 55-66; Linked To: HIZBALLAH.\"\r\n",
            "7,\"DOE, Jo\",\"individual\",\"SDGT\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 1970; Tax ID No. 9.\"\r\n",
            "8,\"BOAT\",\"vessel\",\"SDGT\",\"X\",\"Y\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n",
            "9,\"THING\",\"spaceship\",\"SDGT\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n",
            "9,\"THING\",-0- \r\n",
            "\u{1a}"
        ),
        expect![[r#"
            ofac-36 Company Primary `AEROCARIBBEAN, "THE" AIRLINE` on ofac-sdn/CUBA
            ofac-306 Company Primary `BANCO` Weak `BNC` Register("Iran")=12-3 Tax=9 Other("D-U-N-S Number")=55-66 on ofac-sdn/SDGT on ofac-sdn/IRGC
            name:HIZBALLAH > ofac-306 Other (306)
            name:HIZBALLAH Unknown Primary `HIZBALLAH`
            ofac-7 Person Primary `DOE, Jo` on ofac-sdn/SDGT
            ofac-8 Vessel Primary `BOAT` on ofac-sdn/SDGT
            ! line 5 unknown-schema: field `SDN_Type`: `spaceship` is none of individual, entity, vessel, aircraft
            ! line 6 bad-csv: row has 3 fields, expected 12; is a quote or a comma missing?
            - 1 mark at the end of the file
        "#]],
    );
}

#[test]
fn aliases_and_addresses_belong_to_a_party_by_number() {
    check(
        "36,12,\"aka\",\"AERO-CARIBBEAN\",-0- \r\n36,13,\"fka\",\"OLD\",-0- \r\n36,14,\"xxx\",\"OLD\",-0- \r\n\u{1a}",
        expect![[r#"
        ofac-36 Unknown Alias `AERO-CARIBBEAN`
        ofac-36 Unknown Previous `OLD`
        ! line 3 unknown-schema: field `alt_type`: `xxx` is none of aka, fka, nka
        - 1 mark at the end of the file
    "#]],
    );
    check(
        "36,25,-0- ,\"Havana\",\"Cuba\",-0- \r\nx,25,-0- ,\"Havana\",\"Cuba\",-0- \r\n\u{1a}",
        expect![[r#"
        ! line 2 bad-id: first field is `x`, expected the number of a party (ent_num)
        - 1 address
        - 1 mark at the end of the file
    "#]],
    );
}

#[test]
fn the_list_is_the_callers_to_name() {
    let row = b"36,\"A\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n\x1a";
    let named = Feed { format: Format::OfacConsolidated, ..Feed::of("f") };
    expect![[r#"
        ofac-36 Company Primary `A` on ofac-consolidated/CUBA
        - 1 mark at the end of the file
    "#]]
    .assert_eq(&told(row, &named));
    let own = Feed { list: Some("mine".to_owned()), ..Feed::of("f") };
    expect![[r#"
        ofac-36 Company Primary `A` on mine/CUBA
        - 1 mark at the end of the file
    "#]]
    .assert_eq(&told(row, &own));
}

#[test]
fn a_csv_of_names_needs_a_name_only() {
    check(
        "Name,id,list,alias,country,hq_country,identifier,note\n\"Acme, Ltd\",a1,bad,Acme;ACME,us,cn,5493001KJTIIGC8Y1R12;GB-COH:01;77,x\nB\u{f6}se,,,,,,,\n,,,,,,,\nShort\n\"Two\nlines\",,,,,,,\nLast,,,,zz9,,LEI:123,\nEnd,,,,,,,",
        expect![[r#"
            a1 Company Primary `Acme, Ltd` Alias `Acme` Alias `ACME` in us from cn Lei=5493001KJTIIGC8Y1R12 Register("GB-COH")=01 Register("")=77 on bad/-
            names:Böse Company Primary `Böse` on names/-
            names:End Company Primary `End` on names/-
            ! line 4 missing-field: field `name` is missing or empty, and the record says nothing without it
            ! line 5 bad-csv: row has 1 fields, and the header 8; is a quote or a comma missing, or the file cut?
            ! line 6 bad-id: field `name (which is the id where there is none)`: the identifier `names:Two\nlines` holds a control character
            ! line 8 bad-lei: field `identifier`: `123` is no LEI: 18 capital letters or digits and two check digits
            - 1 column `note`
            - 1 header
        "#]],
    );
    check(
        "name,name\na,b\n",
        expect![[r#"
        - 2 header
        failed: header of the CSV has no column `name`, which every row needs; its columns are a, b
    "#]],
    );
    check_as(
        Format::Names,
        "title\na\n",
        expect![[r#"
        - 2 header
        failed: header of the CSV has no column `name`, which every row needs; its columns are a
    "#]],
    );
}

//! Rules of scoring, one pair each.

use expect_test::{Expect, expect};
use ownership::names::{Bearer, compare};

#[track_caller]
fn check(query: &str, candidate: &str, expected: Expect) {
    expected.assert_eq(&compare(query, candidate, Bearer::Organisation).expect("both are names").to_string());
}

#[track_caller]
fn check_person(query: &str, candidate: &str, expected: Expect) {
    expected.assert_eq(&compare(query, candidate, Bearer::Person).expect("both are names").to_string());
}

#[test]
fn abbreviations_stand_for_words_of_trade() {
    check(
        "CNOOC ENERGY TECH & SRVCES LTD",
        "CNOOC Energy Technology & Services Limited",
        expect![[r#"
        0.995 match
          met   cnooc = cnooc (same 1.00, weight 0.40)
          met   energy = energy (same 1.00, weight 0.35)
          met   tech = technology (meaning 0.98, weight 0.30)
          met   srvces = services (meaning 0.98, weight 0.30)
          forms limited / limited
    "#]],
    );
    check(
        "GUANGZHOU HAIGE COMM GRP",
        "Guangzhou Haige Communications Group",
        expect![[r#"
        0.997 match
          met   guangzhou = guangzhou (same 1.00, weight 0.35)
          met   haige = haige (same 1.00, weight 1.00)
          met   comm = communications (meaning 0.98, weight 0.35)
          met   grp = group (meaning 0.98, weight 0.12)
    "#]],
    );
}

#[test]
fn initials_stand_for_words() {
    check(
        "CNOOC",
        "China National Offshore Oil Corporation",
        expect![[r#"
        0.924 match
          met   cnooc = china national offshore oil corporation (initials 0.88, weight 0.88)
    "#]],
    );
}

#[test]
fn words_written_apart_and_together_meet() {
    check(
        "Water Front Shipping",
        "Waterfront Shipping",
        expect![[r#"
        0.991 match
          met   water front = waterfront (joined 0.98, weight 1.20)
          met   shipping = shipping (same 1.00, weight 0.35)
    "#]],
    );
}

#[test]
fn numbers_of_bodies_decide() {
    check(
        "Plant No. 5",
        "Plant No. 6",
        expect![[r#"
        0.400 no match
          met   plant = plant (same 1.00, weight 0.35)
          unmet 5 (in the query, weight 0.80)
          unmet 6 (in the other, weight 0.80)
          note  the numbers differ
    "#]],
    );
    check(
        "3rd Research Institute",
        "Third Research Institute",
        expect![[r#"
        1.000 match
          met   3rd = third (same 1.00, weight 0.80)
          met   research = research (same 1.00, weight 0.35)
          met   institute = institute (same 1.00, weight 0.35)
    "#]],
    );
}

#[test]
fn common_words_alone_are_no_match() {
    check(
        "A Energy Production",
        "B Energy Production",
        expect![[r#"
        0.404 no match
          met   energy = energy (same 1.00, weight 0.35)
          met   production = production (same 1.00, weight 0.30)
          unmet a (in the query, weight 0.30)
          unmet b (in the other, weight 0.30)
          note  only common words met
    "#]],
    );
    check(
        "Alphatec Energy Production",
        "Betamax Energy Production",
        expect![[r#"
        0.169 no match
          met   energy = energy (same 1.00, weight 0.35)
          met   production = production (same 1.00, weight 0.30)
          unmet alphatec (in the query, weight 1.00)
          unmet betamax (in the other, weight 1.00)
          note  only common words met
    "#]],
    );
}

#[test]
fn a_contradicting_brand_costs_more_than_a_missing_word() {
    check(
        "Zarya Shipping",
        "Zarya Shipping Services",
        expect![[r#"
        0.918 match
          met   zarya = zarya (same 1.00, weight 1.00)
          met   shipping = shipping (same 1.00, weight 0.35)
          unmet services (in the other, weight 0.30)
    "#]],
    );
    check(
        "Zarya Shipping",
        "Rassvet Shipping",
        expect![[r#"
        0.099 no match
          met   shipping = shipping (same 1.00, weight 0.35)
          unmet zarya (in the query, weight 1.00)
          unmet rassvet (in the other, weight 1.00)
          note  only common words met
    "#]],
    );
}

#[test]
fn forms_are_compared_apart_from_the_name() {
    check(
        "Kessler Ltd",
        "Kessler Limited",
        expect![[r#"
        1.000 match
          met   kessler = kessler (same 1.00, weight 1.00)
          forms limited / limited
    "#]],
    );
    check(
        "Kessler GmbH",
        "Kessler AG",
        expect![[r#"
        0.960 match
          met   kessler = kessler (same 1.00, weight 1.00)
          forms gmbh / ag
          note  the legal forms differ
    "#]],
    );
    check(
        "Kessler LLC",
        "Kessler NGO",
        expect![[r#"
        0.680 no match
          met   kessler = kessler (same 1.00, weight 1.00)
          forms llc / ано
          note  one form is a company's, the other is not
    "#]],
    );
}

#[test]
fn look_alike_letters_are_read_and_shown() {
    check(
        "Gаzprоm Neft",
        "Gazprom Neft",
        expect![[r#"
        1.000 match
          met   gazprom = gazprom (same 1.00, weight 1.00)
          met   neft = neft (same 1.00, weight 1.00)
          note  the same name
          note  a word mixes letters of two alphabets that look alike
    "#]],
    );
}

#[test]
fn another_place_is_another_company() {
    check(
        "Bowne of Atlanta, Inc.",
        "Bowne of Boston, Inc.",
        expect![[r#"
        0.442 no match
          met   bowne = bowne (same 1.00, weight 1.00)
          unmet atlanta (in the query, weight 0.35)
          unmet boston (in the other, weight 0.35)
          forms inc / inc
    "#]],
    );
}

#[test]
fn parts_of_a_person_that_contradict_are_no_match() {
    check_person(
        "Sergey Viktorovich Lavrov",
        "Sergey Borisovich Lavrov",
        expect![[r#"
        0.375 no match
          met   sergey = sergey (same 1.00, weight 1.00)
          met   lavrov = lavrov (same 1.00, weight 1.00)
          unmet viktorovich (in the query, weight 1.00)
          unmet borisovich (in the other, weight 1.00)
          note  each name has a part that the other contradicts
    "#]],
    );
    check_person(
        "Lavrov, Sergey",
        "Sergey Viktorovich Lavrov",
        expect![[r#"
        0.970 match
          met   lavrov = lavrov (same 1.00, weight 1.00)
          met   sergey = sergey (same 1.00, weight 1.00)
          unmet viktorovich (in the other, weight 1.00)
    "#]],
    );
    check_person(
        "J. Smith",
        "John Smith",
        expect![[r#"
        1.000 match
          met   smith = smith (same 1.00, weight 1.00)
          unmet j (in the query, weight 0.30)
          unmet john (in the other, weight 1.00)
    "#]],
    );
    check_person(
        "Bill Harrison",
        "William Harrison",
        expect![[r#"
        0.951 match
          met   bill = william (givenname 0.92, weight 1.00)
          met   harrison = harrison (same 1.00, weight 1.00)
    "#]],
    );
}

/// What a company is called abroad is a name of its own: its sisters share it and are told apart by their trade.
#[test]
fn a_name_that_is_neither_spelt_nor_translated_is_a_brand() {
    let score = |query: &str, candidate: &str| compare(query, candidate, Bearer::Organisation).unwrap();
    for (query, candidate, is_match) in [
        ("腾讯控股有限公司", "Tencent Holdings Ltd", true),
        ("中科寒武纪科技股份有限公司", "Cambricon Technologies Corp Ltd", true),
        ("엘지전자 주식회사", "LG Electronics Inc.", true),
        ("엘지전자 주식회사", "LG Chem Ltd.", false),
        ("ソフトバンクグループ株式会社", "SoftBank Group Corp.", true),
        ("鴻海精密工業股份有限公司", "Hon Hai Precision Industry Co., Ltd.", true),
        ("鴻海精密工業股份有限公司", "Foxconn Technology", false),
        ("ООО Лаборатория Касперского", "Kaspersky Lab LLC", true),
        ("Taiwan Semiconductor Manufacturing Company Limited", "TSMC", true),
        ("Islamic Republic of Iran Shipping Lines", "IRISL", true),
        ("Islamic Republic of Iran Broadcasting", "IRISL", false),
        ("Petróleos de Venezuela, S.A. (PDVSA)", "Petroleos de Venezuela SA", true),
        ("Bank of Georgia (UK)", "Bank of Georgia (USA)", false),
    ] {
        let found = score(query, candidate);
        assert_eq!(found.is_match(), is_match, "{query} | {candidate}: {found}");
    }
}

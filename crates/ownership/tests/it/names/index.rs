//! Searching names.

use expect_test::{Expect, expect};
use ownership::names::{Bearer, Index, Scratch};

const NAMES: &[(u32, &str)] = &[
    (1, "Shenzhen Biguang Trading Co., Ltd."),
    (2, "China National Offshore Oil Corporation"),
    (3, "Waterfront Shipping Limited"),
    (4, "中国电子科技集团公司第十四研究所"),
    (5, "中国电子科技集团公司第三十八研究所"),
    (6, "永隆銀行有限公司"),
    (7, "ООО «Торговый дом «Северсталь»"),
    (8, "삼성전자 주식회사"),
    (9, "Samsung Heavy Industries"),
    (10, "Zarya Energy Production LLC"),
    (11, "Vega Energy Production LLC"),
    (3, "Water Front Lines"),
];

fn index() -> Index {
    let (index, left_out) =
        Index::build(NAMES.iter().map(|&(entity, name)| (entity, name, Bearer::Organisation)).chain([(
            99,
            "—",
            Bearer::Organisation,
        )]));
    assert_eq!((index.len(), left_out), (NAMES.len(), 1));
    index
}

fn found(index: &Index, query: &str) -> String {
    let found = index.search(query, Bearer::Organisation, 2, &mut Scratch::default()).expect("a name");
    found
        .iter()
        .map(|candidate| format!("{} {:.2} {}", candidate.entity, candidate.found.score, candidate.name))
        .collect::<Vec<_>>()
        .join("\n")
}

#[track_caller]
fn check(query: &str, expected: Expect) {
    expected.assert_eq(&found(&index(), query));
}

#[test]
fn a_name_is_found_across_scripts() {
    check(
        "深圳市比广贸易有限公司",
        expect![[r#"
        1 0.99 Shenzhen Biguang Trading Co., Ltd.
        7 0.13 ООО «Торговый дом «Северсталь»"#]],
    );
    check(
        "CETC No. 14 Research Institute",
        expect![[r#"
        4 0.93 中国电子科技集团公司第十四研究所
        5 0.40 中国电子科技集团公司第三十八研究所"#]],
    );
    check("Wing Lung Bank", expect!["6 0.99 永隆銀行有限公司"]);
    check(
        "Severstal Trading House",
        expect![[r#"
        7 1.00 ООО «Торговый дом «Северсталь»
        1 0.08 Shenzhen Biguang Trading Co., Ltd."#]],
    );
    check(
        "Samsung Electronics",
        expect![[r#"
        8 0.99 삼성전자 주식회사
        9 0.31 Samsung Heavy Industries"#]],
    );
}

#[test]
fn a_name_is_found_by_initials_parts_and_with_slips() {
    check("CNOOC", expect![""]);
    check("Water Front Shipping", expect!["3 0.99 Waterfront Shipping Limited"]);
    check(
        "Zaria Enrgy Production",
        expect![[r#"
        10 0.95 Zarya Energy Production LLC
        11 0.21 Vega Energy Production LLC"#]],
    );
}

#[test]
fn nothing_is_found_where_nothing_is() {
    check("Quux", expect![[""]]);
}

#[test]
fn entities_come_and_go() {
    let mut index = index();
    index.add(20, "Mokrov Refinery", Bearer::Organisation).expect("a name");
    assert_eq!(found(&index, "Mokrov Refinery JSC"), "20 1.00 Mokrov Refinery");
    index.remove(20);
    assert_eq!(found(&index, "Mokrov Refinery JSC"), "");
    index.remove(10);
    assert!(!found(&index, "Zarya Energy Production").contains("Zarya"));
}

#[test]
fn people_and_organisations_are_searched_apart() {
    let names = [(1, "Ivan Petrov", Bearer::Person), (2, "Petrov Ivan LLC", Bearer::Organisation)];
    let (index, _) = Index::build(names);
    let entities = |bearer| {
        let found = index.search("Petrov, Ivan", bearer, 5, &mut Scratch::default()).expect("a name");
        found.iter().map(|candidate| candidate.entity).collect::<Vec<_>>()
    };
    assert_eq!((entities(Bearer::Person), entities(Bearer::Organisation)), (vec![1], vec![2]));
}

//! Names in one script against names in another.

use expect_test::{Expect, expect};
use ownership::names::{Bearer, compare};

#[track_caller]
fn check(query: &str, candidate: &str, expected: Expect) {
    expected.assert_eq(&compare(query, candidate, Bearer::Organisation).expect("both are names").to_string());
}

#[test]
fn chinese_place_brand_trade_and_form() {
    check(
        "深圳市比广贸易有限公司",
        "Shenzhen Biguang Trading Co., Ltd.",
        expect![[r#"
        0.989 match
          met   深圳市 = shenzhen (meaning 1.00, weight 0.35)
          met   比广 = biguang (reading 0.97, weight 1.00)
          met   贸易 = trading (meaning 1.00, weight 0.30)
          forms 有限公司 / limited
    "#]],
    );
    check(
        "深圳市比广贸易有限公司",
        "Shenzhen Bi Guang Trade Limited",
        expect![[r#"
        0.988 match
          met   深圳市 = shenzhen (meaning 1.00, weight 0.35)
          met   比广 = bi guang (reading 0.97, weight 1.35)
          met   贸易 = trade (meaning 1.00, weight 0.30)
          forms 有限公司 / limited
    "#]],
    );
    check(
        "深圳市比广贸易有限公司",
        "Shenzhen Bihua Trading Co., Ltd.",
        expect![[r#"
        0.255 no match
          met   深圳市 = shenzhen (meaning 1.00, weight 0.35)
          met   贸易 = trading (meaning 1.00, weight 0.30)
          unmet 比广 (biguang) (in the query, weight 1.00)
          unmet bihua (in the other, weight 1.00)
          forms 有限公司 / limited
          note  only common words met
    "#]],
    );
}

#[test]
fn traditional_characters_and_hong_kong_spellings() {
    check(
        "永隆銀行有限公司",
        "Wing Lung Bank Limited",
        expect![[r#"
        0.985 match
          met   永隆 = wing lung (reading 0.97, weight 1.50)
          met   银行 = bank (meaning 1.00, weight 0.35)
          forms 有限公司 / limited
    "#]],
    );
    check(
        "永隆銀行有限公司",
        "永隆银行有限公司",
        expect![[r#"
        1.000 match
          met   永隆 = 永隆 (same 1.00, weight 1.00)
          met   银行 = 银行 (same 1.00, weight 0.35)
          forms 有限公司 / 有限公司
          note  the same name
    "#]],
    );
}

#[test]
fn numbered_institutes() {
    check(
        "中国电子科技集团公司第十四研究所",
        "China Electronics Technology Group Corporation No. 14 Research Institute",
        expect![[r#"
        0.959 match
          met   中国 = china (meaning 1.00, weight 0.20)
          met   电子科技 = electronics (meaning 1.00, weight 0.35)
          met   电子科技 = technology (meaning 1.00, weight 0.30)
          met   第十四 = 14 (same 1.00, weight 0.80)
          met   研究所 = research (meaning 1.00, weight 0.22)
          met   研究所 = institute (meaning 1.00, weight 0.35)
          unmet 电子科技 (science) (in the query, weight 0.09)
          unmet group (in the other, weight 0.12)
          unmet corporation (in the other, weight 0.12)
          forms 公司 / none
    "#]],
    );
    check(
        "中国电子科技集团公司第十四研究所",
        "China Electronics Technology Group Corporation No. 38 Research Institute",
        expect![[r#"
        0.400 no match
          met   中国 = china (meaning 1.00, weight 0.20)
          met   电子科技 = electronics (meaning 1.00, weight 0.35)
          met   电子科技 = technology (meaning 1.00, weight 0.30)
          met   研究所 = research (meaning 1.00, weight 0.22)
          met   研究所 = institute (meaning 1.00, weight 0.35)
          unmet 电子科技 (science) (in the query, weight 0.09)
          unmet 第十四 (14) (in the query, weight 0.80)
          unmet group (in the other, weight 0.12)
          unmet corporation (in the other, weight 0.12)
          unmet 38 (in the other, weight 0.80)
          forms 公司 / none
          note  the numbers differ
    "#]],
    );
    check(
        "第七〇八研究所",
        "708 Research Institute",
        expect![[r#"
        1.000 match
          met   第七〇八 = 708 (same 1.00, weight 0.80)
          met   研究所 = research (meaning 1.00, weight 0.22)
          met   研究所 = institute (meaning 1.00, weight 0.35)
    "#]],
    );
}

#[test]
fn japanese() {
    check(
        "トヨタ自動車株式会社",
        "Toyota Motor Corporation",
        expect![[r#"
        0.989 match
          met   トヨタ = toyota (romanised 1.00, weight 0.70)
          met   自动车 = motor (meaning 1.00, weight 0.35)
          unmet corporation (in the other, weight 0.12)
          forms 株式会社 / none
    "#]],
    );
    check(
        "㈱パナソニック",
        "Panasonic KK",
        expect![[r#"
        1.000 match
          met   パナソニック = panasonic (meaning 1.00, weight 1.00)
          forms none / 株式会社
    "#]],
    );
}

#[test]
fn korean() {
    check(
        "삼성전자 주식회사",
        "Samsung Electronics Co., Ltd.",
        expect![[r#"
        0.988 match
          met   삼성 = samsung (reading 0.97, weight 0.70)
          met   전자 = electronics (meaning 1.00, weight 0.35)
          forms 주식회사 / limited
    "#]],
    );
    check(
        "현대중공업(주)",
        "Hyundai Heavy Industries",
        expect![[r#"
        0.989 match
          met   현대 = hyundai (reading 0.97, weight 1.00)
          met   중공업 = heavy (meaning 1.00, weight 0.40)
          met   중공업 = industries (meaning 1.00, weight 0.30)
    "#]],
    );
}

#[test]
fn russian() {
    check(
        "ООО «Торговый дом «Северсталь»",
        "Severstal Trading House LLC",
        expect![[r#"
        1.000 match
          met   торговый дом = trading (meaning 1.00, weight 0.30)
          met   торговый дом = house (meaning 1.00, weight 0.40)
          met   северсталь = severstal (romanised 1.00, weight 1.00)
          forms ooo / llc
    "#]],
    );
    check(
        "Завод имени Ленина",
        "Zavod Lenina",
        expect![[r#"
        1.000 match
          met   завод = zavod (meaning 1.00, weight 0.35)
          met   ленина = lenina (romanised 1.00, weight 1.00)
    "#]],
    );
}

#[test]
fn arabic() {
    check(
        "شركة الحمراء للتجارة العامة",
        "Al Hamra General Trading Company",
        expect![[r#"
        0.930 match
          met   شركه = company (meaning 1.00, weight 0.12)
          met   الحمرا = hamra (joined 0.81, weight 1.00)
          met   للتجاره العامه = general (meaning 1.00, weight 0.30)
          met   للتجاره العامه = trading (meaning 1.00, weight 0.30)
    "#]],
    );
}

#[test]
fn greek() {
    check(
        "Εθνική Τράπεζα της Ελλάδος Α.Ε.",
        "National Bank of Greece S.A.",
        expect![[r#"
        1.000 match
          met   εθνικη = national (meaning 1.00, weight 0.30)
          met   τραπεζα = bank (meaning 1.00, weight 0.35)
          met   ελλαδοσ = greece (meaning 1.00, weight 0.35)
          forms ae / sa
    "#]],
    );
}

#[test]
fn a_name_in_two_scripts_meets_either() {
    check(
        "深圳市比广贸易有限公司 (Shenzhen Biguang Trading Co., Ltd.)",
        "深圳市比广贸易有限公司",
        expect![[r#"
        1.000 match
          met   深圳市 = 深圳市 (same 1.00, weight 0.35)
          met   比广 = 比广 (same 1.00, weight 1.00)
          met   贸易 = 贸易 (same 1.00, weight 0.30)
          forms 有限公司 / 有限公司
          note  the same name
    "#]],
    );
    check(
        "深圳市比广贸易有限公司 (Shenzhen Biguang Trading Co., Ltd.)",
        "Shenzhen Biguang Trading",
        expect![[r#"
        1.000 match
          met   shenzhen = shenzhen (same 1.00, weight 0.35)
          met   biguang = biguang (same 1.00, weight 1.00)
          met   trading = trading (same 1.00, weight 0.30)
          forms limited / none
    "#]],
    );
    check(
        "华为 Technologies Huadong",
        "华为技术有限公司",
        expect![[r#"
        0.684 no match
          met   华为 = 华为 (same 1.00, weight 1.00)
          met   technologies = 技术 (meaning 1.00, weight 0.30)
          unmet huadong (in the query, weight 1.00)
          forms none / 有限公司
    "#]],
    );
}

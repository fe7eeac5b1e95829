//! The catalogue, the schema and what is served say the same.

use expect_test::expect_file;

#[test]
fn the_shipped_schema_is_the_catalogue() {
    expect_file!["../../policies/ringfence.cedarschema"].assert_eq(&policy::schema());
}

//! JSON with comments and trailing commas.

use jsonc_parser::{CollectOptions, ParseOptions, ast::Value, common::Ranged, parse_to_ast};

use super::tree::{Node, Pair, What};

pub(super) fn parse(text: &str) -> Option<Node> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).ok()?;
    Some(node(&parsed.value?))
}

fn node(value: &Value<'_>) -> Node {
    let what = match value {
        Value::StringLit(text) => What::Scalar(text.value.to_string()),
        Value::NumberLit(number) => What::Scalar(number.value.to_owned()),
        Value::BooleanLit(yes) => What::Scalar(yes.value.to_string()),
        Value::NullKeyword(_) => What::Scalar(String::new()),
        Value::Array(array) => What::List(array.elements.iter().map(node).collect()),
        Value::Object(object) => What::Map(
            object
                .properties
                .iter()
                .map(|pair| Pair {
                    key: pair.name.as_str().to_owned(),
                    start: pair.range.start,
                    value: node(&pair.value),
                })
                .collect(),
        ),
    };
    let range = value.range();
    Node { span: range.start..range.end, what, flow: true }
}

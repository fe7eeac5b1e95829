//! TOML through an editor that keeps comments and layout of what stays.

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::tree::{Node, Pair, What};

pub(super) fn parse(text: &str) -> Option<Node> {
    let document: DocumentMut = text.parse().ok()?;
    Some(table(document.as_table()))
}

fn table(table: &dyn TableLike) -> Node {
    let pairs = table.iter().map(|(key, item)| Pair { key: key.to_owned(), start: 0, value: node(item) }).collect();
    Node { span: 0..0, what: What::Map(pairs), flow: false }
}

fn node(item: &Item) -> Node {
    match item {
        Item::Table(inner) => table(inner),
        Item::ArrayOfTables(tables) => list(tables.iter().map(|inner| table(inner)).collect()),
        Item::Value(inner) => value(inner),
        Item::None => scalar(String::new()),
    }
}

fn value(found: &Value) -> Node {
    match found {
        Value::InlineTable(inner) => table(inner),
        Value::Array(inner) => list(inner.iter().map(value).collect()),
        Value::String(text) => scalar(text.value().clone()),
        other => scalar(other.to_string().trim().to_owned()),
    }
}

fn scalar(text: String) -> Node {
    Node { span: 0..0, what: What::Scalar(text), flow: false }
}

fn list(nodes: Vec<Node>) -> Node {
    Node { span: 0..0, what: What::List(nodes), flow: false }
}

/// The text without the pair or element that the steps lead to.
pub(super) fn without(text: &str, steps: &[usize]) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    remove(document.as_table_mut(), steps)?;
    Some(document.to_string())
}

fn key_at(table: &dyn TableLike, at: usize) -> Option<String> {
    table.iter().nth(at).map(|(key, _)| key.to_owned())
}

fn remove(table: &mut Table, steps: &[usize]) -> Option<()> {
    let (first, rest) = steps.split_first()?;
    let key = key_at(table, *first)?;
    if rest.is_empty() {
        table.remove(&key)?;
        return Some(());
    }
    remove_in_item(table.get_mut(&key)?, rest)
}

fn remove_in_item(item: &mut Item, steps: &[usize]) -> Option<()> {
    let (first, rest) = steps.split_first()?;
    match item {
        Item::Table(inner) => remove(inner, steps),
        Item::ArrayOfTables(tables) if rest.is_empty() => {
            tables.get(*first)?;
            tables.remove(*first);
            Some(())
        }
        Item::ArrayOfTables(tables) => remove(tables.get_mut(*first)?, rest),
        Item::Value(inner) => remove_in_value(inner, steps),
        Item::None => None,
    }
}

fn remove_in_value(value: &mut Value, steps: &[usize]) -> Option<()> {
    let (first, rest) = steps.split_first()?;
    match value {
        Value::Array(array) if rest.is_empty() => {
            array.get(*first)?;
            array.remove(*first);
            Some(())
        }
        Value::Array(array) => remove_in_value(array.get_mut(*first)?, rest),
        Value::InlineTable(inner) => {
            let key = key_at(inner, *first)?;
            if rest.is_empty() {
                inner.remove(&key)?;
                return Some(());
            }
            remove_in_value(inner.get_mut(&key)?, rest)
        }
        _ => None,
    }
}

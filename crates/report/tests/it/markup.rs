//! A reader of the page's own markup. Foreign text is escaped, so every `<` is a tag that the report wrote.

use std::collections::BTreeMap;

#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

/// The one element of ours that HTML ends by itself; all of SVG must be closed.
const VOID: &str = "meta";

/// The start tags in order; panics where tags do not nest.
#[track_caller]
pub(crate) fn tags(page: &str) -> Vec<Tag> {
    let mut open: Vec<String> = Vec::new();
    let mut tags = Vec::new();
    let body = page.strip_prefix("<!DOCTYPE html>").expect("a page begins with its doctype");
    for piece in body.split('<').skip(1) {
        let (inside, _) = piece.split_once('>').unwrap_or_else(|| panic!("`<{piece}` has no end"));
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "</{name}> closes another tag");
            continue;
        }
        let tag = tag(inside);
        if tag.name != VOID {
            open.push(tag.name.clone());
        }
        tags.push(tag);
    }
    assert!(open.is_empty(), "left open: {open:?}");
    tags
}

fn tag(inside: &str) -> Tag {
    let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
    let mut attributes = BTreeMap::new();
    while let Some((key, after)) = rest.split_once("=\"") {
        let (value, next) = after.split_once('"').expect("attribute values are quoted");
        assert!(key.trim().chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "attribute `{key}`");
        attributes.insert(key.trim().to_owned(), value.to_owned());
        rest = next;
    }
    assert!(rest.trim().is_empty(), "`{rest}` after the attributes of <{name}>");
    Tag { name: name.to_owned(), attributes }
}

impl Tag {
    pub(crate) fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }
}

//! The shape that all formats share: scalars, maps and lists, each with its place in the text.

use std::ops::Range;

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub span: Range<usize>,
    pub what: What,
    /// Written with brackets and commas.
    pub flow: bool,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Scalar(String),
    Map(Vec<Pair>),
    List(Vec<Node>),
}

#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub key: String,
    pub start: usize,
    pub value: Node,
}

/// One step from the top of a tree: the position among the pairs or elements.
pub(super) type Steps = Vec<usize>;

impl Node {
    /// The node that some steps lead to.
    pub(super) fn at(&self, steps: &[usize]) -> Option<&Self> {
        steps.iter().try_fold(self, |node, step| match &node.what {
            What::Map(pairs) => pairs.get(*step).map(|pair| &pair.value),
            What::List(nodes) => nodes.get(*step),
            What::Scalar(_) => None,
        })
    }
}

//! Anchored places as a trie of steps; the walk holds the nodes that it is at.

use std::collections::HashMap;

use super::Hit;
use crate::{
    catalogue::{Anchor, Class},
    glob,
};

#[derive(Debug, Clone)]
pub enum Mark {
    Spot(Hit, Class),
    Mcp,
    Home(usize),
}

#[derive(Debug, Default)]
struct Node {
    exact: HashMap<Vec<u8>, usize>,
    folded: HashMap<Vec<u8>, usize>,
    globs: Vec<(Vec<u8>, bool, usize)>,
    marks: Vec<Mark>,
}

/// Nodes of places; node 0 is the system's root, 1 that of a home, 2 any folder.
#[derive(Debug)]
pub(super) struct Trie {
    nodes: Vec<Node>,
    root_home: Option<usize>,
}

const SYSTEM: usize = 0;
const HOME: usize = 1;
const ANY: usize = 2;

/// The nodes that a folder is at.
#[derive(Debug, Clone, Default)]
pub struct Position {
    nodes: Vec<usize>,
    go: u8,
}

impl Position {
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.go == 0
    }

    /// The root of the machine.
    pub(super) fn is_root(&self) -> bool {
        self.nodes.first() == Some(&SYSTEM)
    }

    /// A home itself.
    pub(super) fn is_home(&self) -> bool {
        self.go == 1
    }

    /// `~/go/bin`.
    pub(super) fn is_go_bin(&self) -> bool {
        self.go == 3
    }
}

impl Default for Trie {
    fn default() -> Self {
        Self { nodes: vec![Node::default(), Node::default(), Node::default()], root_home: None }
    }
}

impl Trie {
    pub(super) fn insert(&mut self, anchor: Anchor, steps: &[String], folded: bool, mark: Mark) {
        let mut at = match anchor {
            Anchor::Home => HOME,
            Anchor::System => SYSTEM,
            Anchor::Any => ANY,
        };
        if let (true, Mark::Home(index)) = (steps.is_empty(), &mark) {
            self.root_home = Some(*index);
            return;
        }
        for step in steps {
            at = self.child(at, step, folded);
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.marks.push(mark);
        }
    }

    fn child(&mut self, at: usize, step: &str, folded: bool) -> usize {
        let next = self.nodes.len();
        let Some(node) = self.nodes.get_mut(at) else { return at };
        let found = if step.contains('*') {
            match node.globs.iter().find(|(pattern, fold, _)| pattern == step.as_bytes() && *fold == folded) {
                Some((_, _, index)) => *index,
                None => {
                    node.globs.push((step.as_bytes().to_vec(), folded, next));
                    next
                }
            }
        } else if folded {
            *node.folded.entry(step.to_ascii_lowercase().into_bytes()).or_insert(next)
        } else {
            *node.exact.entry(step.as_bytes().to_vec()).or_insert(next)
        };
        if found == next {
            self.nodes.push(Node::default());
        }
        found
    }

    pub(super) fn root(&self) -> Position {
        Position { nodes: vec![SYSTEM], go: 0 }
    }

    /// When the root of the tree is a home itself.
    pub(super) fn enter_home(&self, position: &mut Position) -> Option<usize> {
        self.root_home.inspect(|_| {
            position.nodes.push(HOME);
            position.go = 1;
        })
    }

    /// The position one step down, and the home that begins there. `seen` is told every mark; `any`: places in any folder count as well.
    pub(super) fn step<'a>(
        &'a self,
        at: &Position,
        name: &[u8],
        any: bool,
        seen: &mut dyn FnMut(&'a Mark),
    ) -> (Position, Option<usize>) {
        let mut next = Position::default();
        let mut home = None;
        let lower;
        let folded: &[u8] = if name.iter().any(u8::is_ascii_uppercase) {
            lower = name.to_ascii_lowercase();
            &lower
        } else {
            name
        };
        let open = any.then_some(&ANY);
        for node in at.nodes.iter().chain(open).filter_map(|index| self.nodes.get(*index)) {
            let exact = node.exact.get(name);
            let loose = node.folded.get(folded);
            let globs = node
                .globs
                .iter()
                .filter(|(pattern, fold, _)| glob::fits(pattern, name, *fold))
                .map(|(_, _, index)| index);
            next.nodes.extend(exact.into_iter().chain(loose).chain(globs));
        }
        for node in next.nodes.iter().filter_map(|index| self.nodes.get(*index)) {
            for mark in &node.marks {
                if let Mark::Home(index) = mark {
                    home = Some(*index);
                }
                seen(mark);
            }
        }
        next.go = match (at.go, name) {
            (1, b"go") => 2,
            (2, b"bin") => 3,
            _ => 0,
        };
        if home.is_some() {
            next.nodes.push(HOME);
            next.go = 1;
        }
        (next, home)
    }

    /// Whether a place of another class or tool lies below.
    pub(super) fn leads_elsewhere(&self, at: &Position, tool: usize, class: Class) -> bool {
        let mut left: Vec<(usize, bool)> = at.nodes.iter().map(|index| (*index, false)).collect();
        while let Some((index, below)) = left.pop() {
            let Some(node) = self.nodes.get(index) else { continue };
            let other = |mark: &Mark| matches!(mark, Mark::Spot(hit, found) if *found != class || hit.tool != tool);
            if below && node.marks.iter().any(other) {
                return true;
            }
            left.extend(node.exact.values().chain(node.folded.values()).map(|index| (*index, true)));
            left.extend(node.globs.iter().map(|(_, _, index)| (*index, true)));
        }
        false
    }
}

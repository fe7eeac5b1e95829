//! The frame of an inline SVG: its size, its role and its text alternative.

use maud::{Markup, html};

/// How a picture fills the width that it is given.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Frame {
    /// As wide as there is room, this many pixels high; places are in percent and text keeps its size.
    Stretched { height: u32 },
    /// Scaled as a whole.
    Scaled { width: u32, height: u32 },
}

/// An SVG that a screen reader reads as one image: `title`, then `description`. `id` is unique on the page.
pub(crate) fn picture(id: &str, frame: Frame, title: &str, description: &str, body: &Markup) -> Markup {
    let labels = format!("{id}-t {id}-d");
    let inside = html! {
        title id=(format!("{id}-t")) { (title) }
        desc id=(format!("{id}-d")) { (description) }
        (body)
    };
    match frame {
        Frame::Stretched { height } => html! {
            svg.stretched role="img" aria-labelledby=(labels) width="100%" height=(height) { (inside) }
        },
        Frame::Scaled { width, height } => html! {
            svg.scaled role="img" aria-labelledby=(labels) viewBox=(format!("0 0 {width} {height}")) { (inside) }
        },
    }
}

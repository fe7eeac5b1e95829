//! The seam between the faces and whoever decides: the desk, or a test's double.

use crate::ask::{Ask, Ruling, Unavailable};

/// Answers asks. Implemented by the desk, and by a double in the tests of the faces.
pub trait Decide: Send + Sync + 'static {
    fn decide(&self, ask: Ask) -> impl Future<Output = Result<Ruling, Unavailable>> + Send;
}

impl<D: Decide> Decide for std::sync::Arc<D> {
    fn decide(&self, ask: Ask) -> impl Future<Output = Result<Ruling, Unavailable>> + Send {
        D::decide(self, ask)
    }
}

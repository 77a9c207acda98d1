//! How large a tree may become.

/// The most nodes of a text that are more than text. What follows is shown as it was typed.
pub const MAX_NODES: usize = 3_000;

/// How deep blocks nest in blocks, and parts of a line in each other.
pub const MAX_DEPTH: usize = 12;

/// The nodes that are left.
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new() -> Self {
        Self(MAX_NODES)
    }

    /// Takes one node; false where none is left.
    pub(super) fn take(&mut self) -> bool {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or_default();
        left.is_some()
    }

    pub(super) fn is_spent(&self) -> bool {
        self.0 == 0
    }
}

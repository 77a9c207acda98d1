//! An attachment as a view shows it.

use confab_shared::attachment::Attachment;

/// An attachment, and where this page itself has its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) attachment: Attachment,
    /// An address within this page. Others come from the server.
    pub(crate) address: Option<String>,
    /// Whether the server does not have it yet: it has no link.
    pub(crate) is_on_its_way: bool,
}

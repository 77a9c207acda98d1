//! The state as somebody who uses the page meets it.

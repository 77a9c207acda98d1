//! The parts of a line: in three steps, each of which reads the text or its tokens once.

mod build;
mod flanks;
mod pair;
mod scan;
mod token;

use super::{budget::Budget, mentioned::Mentioned, tree::Inline};

/// Parses lines of text.
pub(super) fn parse(text: &str, mentioned: &Mentioned<'_>, budget: &mut Budget) -> Vec<Inline> {
    if budget.is_spent() {
        return vec![Inline::Text(text.to_owned())];
    }
    let mut tokens = scan::tokens(text, mentioned);
    pair::pair(&mut tokens);
    build::build(text, tokens, budget)
}

//! Makes the tree of paired tokens.

use super::token::{Kind, Signs, Style, Token};
use crate::markdown::{
    budget::{Budget, MAX_DEPTH},
    link,
    plain::plain_inlines,
    tree::Inline,
};

pub(super) fn build(text: &str, tokens: Vec<Token>, budget: &mut Budget) -> Vec<Inline> {
    let mut builder = Builder { text, budget, nested: vec![Vec::new()], open: Vec::new(), link: None };
    for token in tokens {
        builder.add(token);
    }
    builder.nested.swap_remove(0)
}

struct Builder<'a> {
    text: &'a str,
    budget: &'a mut Budget,
    /// The parts so far: of the text, of what is open in it, and so on.
    nested: Vec<Vec<Inline>>,
    /// For everything that is open, whether it has parts of its own; else its signs are text.
    open: Vec<bool>,
    /// The address of the link that is open.
    link: Option<String>,
}

impl Builder<'_> {
    fn add(&mut self, Token { range, kind }: Token) {
        let text = self.text;
        match kind {
            Kind::Text => self.text(&text[range]),
            Kind::Escaped => self.text(&text[range.start + 1..range.end]),
            Kind::Code(code) if self.budget.take() => self.push(Inline::Code(text[code].to_owned())),
            Kind::Mention(user) if self.budget.take() => {
                self.push(Inline::Mention { user, text: text[range].to_owned() });
            }
            // Within a link its text is only text.
            Kind::Address(_, shown) if self.link.is_some() => self.text(&text[shown]),
            Kind::Address(href, shown) if self.budget.take() => {
                let content = vec![Inline::Text(text[shown].to_owned())];
                let host = link::hidden_host(&href, None);
                self.push(Inline::Link { href, content, host });
            }
            Kind::Code(_) | Kind::Mention(_) | Kind::Address(..) => self.text(&text[range]),
            Kind::LinkBegins(href) => {
                self.begin(&text[range]);
                self.link = Some(href);
            }
            Kind::LinkEnds => {
                let Some(href) = self.link.take() else { return self.text(&text[range]) };
                self.end(&text[range], |content| {
                    let host = link::hidden_host(&href, Some(&plain_inlines(&content)));
                    Inline::Link { href, content, host }
                });
            }
            Kind::Signs(signs) => self.signs(&text[range], &signs),
        }
    }

    fn signs(&mut self, text: &str, signs: &Signs) {
        for style in &signs.closed {
            self.end(&text[..style.width()], |content| match style {
                Style::Emphasis => Inline::Emphasis(content),
                Style::Strong => Inline::Strong(content),
                Style::Strikethrough => Inline::Strikethrough(content),
                Style::Spoiler => Inline::Spoiler(content),
            });
        }
        self.text(&text[..signs.left]);
        for style in signs.opened.iter().rev() {
            self.begin(&text[..style.width()]);
        }
    }

    fn begin(&mut self, signs: &str) {
        let nests = self.nested.len() <= MAX_DEPTH && self.budget.take();
        self.open.push(nests);
        match nests {
            true => self.nested.push(Vec::new()),
            false => self.text(signs),
        }
    }

    fn end(&mut self, signs: &str, make: impl FnOnce(Vec<Inline>) -> Inline) {
        match self.open.pop() {
            Some(true) if self.nested.len() > 1 => {
                let content = self.nested.pop().unwrap_or_default();
                self.push(make(content));
            }
            _ => self.text(signs),
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(parts) = self.nested.last_mut().filter(|_| !text.is_empty()) {
            match parts.last_mut() {
                Some(Inline::Text(before)) => before.push_str(text),
                _ => parts.push(Inline::Text(text.to_owned())),
            }
        }
    }

    fn push(&mut self, part: Inline) {
        if let Some(parts) = self.nested.last_mut() {
            parts.push(part);
        }
    }
}

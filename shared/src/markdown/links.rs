//! The web pages that a text links to.

use super::{
    link::has_www,
    parse,
    tree::{Block, Inline},
};

/// The addresses of the web pages that a text links to, each once, in their order. Not those in code, and not those that are
/// hidden until the reader asks for them. A text without a link costs one search.
#[must_use]
pub fn links(text: &str) -> Vec<String> {
    if !may_have_links(text) {
        return Vec::new();
    }
    let mut found = Vec::new();
    of_blocks(&parse(text, &|_, _, _| None), &mut found);
    found
}

/// Whether a text may link to web pages: most do not, and no message waits long for that.
#[must_use]
pub fn may_have_links(text: &str) -> bool {
    text.contains("://") || has_www(text)
}

fn of_blocks(blocks: &[Block], found: &mut Vec<String>) {
    for block in blocks {
        match block {
            Block::Paragraph(line) | Block::Heading(_, line) => of_line(line, found),
            Block::Quote(blocks) => of_blocks(blocks, found),
            Block::List(list) => list.items.iter().for_each(|item| of_blocks(&item.blocks, found)),
            Block::Table(table) => {
                table.head.iter().chain(table.rows.iter().flatten()).for_each(|cell| of_line(cell, found));
            }
            Block::Code { .. } | Block::Rule => {}
        }
    }
}

fn of_line(line: &[Inline], found: &mut Vec<String>) {
    for part in line {
        match part {
            Inline::Link { href, .. } => {
                let is_page = !href.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
                if is_page && !found.contains(href) {
                    found.push(href.clone());
                }
            }
            Inline::Emphasis(parts) | Inline::Strong(parts) | Inline::Strikethrough(parts) => {
                of_line(parts, found)
            }
            Inline::Text(_) | Inline::Code(_) | Inline::Spoiler(_) | Inline::Mention { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_wherever_they_stand() {
        let text = "see https://a.example/x, **[that](http://b.example)** and www.c.example\n\
                    > https://d.example\n\n- https://a.example/x\n\n| a | HTTPS://e.example |\n|--|--|\n| b | c |";
        assert_eq!(
            links(text),
            [
                "https://a.example/x",
                "http://b.example",
                "https://www.c.example",
                "https://d.example",
                "HTTPS://e.example"
            ]
        );
    }

    #[test]
    fn code_spoilers_and_mail_are_no_links() {
        for text in [
            "`https://a.example`",
            "```\nhttps://a.example\n```",
            "||https://a.example||",
            "[mail](mailto:mei@a.example)",
            "mei@a.example",
            "no link at all",
            "",
        ] {
            assert!(links(text).is_empty(), "{text}");
        }
    }
}

//! What the head of a page says of it.

use confab_shared::preview::Preview;
use html5gum::{
    Span, Tokenizer,
    emitters::callback::{CallbackEmitter, CallbackEvent},
};
use url::Url;

/// The longest value that is looked at, in bytes.
const MAX_VALUE_BYTES: usize = 4_096;

/// What a page says of itself, as `og:`, `twitter:` and HTML's own names say it, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its title; never empty.
    pub title: String,
    /// What it is about.
    pub description: Option<String>,
    /// The name of its site.
    pub site: Option<String>,
    /// Where its picture is.
    pub picture: Option<Url>,
}

/// Where values are looked for, the best first.
const TITLES: [&str; 3] = ["og:title", "twitter:title", TITLE];
const DESCRIPTIONS: [&str; 3] = ["og:description", "twitter:description", "description"];
const SITES: [&str; 2] = ["og:site_name", "application-name"];
const PICTURES: [&str; 5] =
    ["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"];

/// The name under which the element `title` is kept.
const TITLE: &str = "<title>";

/// Reads a page up to its body. None where it has no title.
pub(super) fn parse(html: &str, url: &Url) -> Option<Page> {
    let mut head = Head::default();
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| head.see(event));
    emitter.naively_switch_states(true);
    // The first token is that the head is over.
    let mut tokens = Tokenizer::new_with_emitter(html, emitter);
    let _ = tokens.next();
    drop(tokens);
    let text = |names: &[&str], max_chars| head.first(names).and_then(|text| plain(text, max_chars));
    Some(Page {
        title: text(&TITLES, Preview::MAX_TITLE)?,
        description: text(&DESCRIPTIONS, Preview::MAX_DESCRIPTION),
        site: text(&SITES, Preview::MAX_SITE),
        picture: head.first(&PICTURES).and_then(|picture| url.join(picture.trim()).ok()),
    })
}

/// The head, as far as it is read.
#[derive(Default)]
struct Head {
    /// What it says, by name: the first value of each.
    values: Vec<(&'static str, String)>,
    tag: Tag,
    attribute: Attribute,
    name: String,
    content: String,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Tag {
    #[default]
    Other,
    Title,
    Meta,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Attribute {
    #[default]
    Other,
    /// `property` or `name`, which sites use alike.
    Name,
    Content,
}

impl Head {
    /// Takes the next event of the tokenizer; answers something once the body begins.
    fn see(&mut self, event: CallbackEvent<'_>) -> Option<()> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.name.clear();
                self.content.clear();
                self.attribute = Attribute::Other;
                self.tag = match name {
                    b"title" => Tag::Title,
                    b"meta" => Tag::Meta,
                    b"body" => return Some(()),
                    _ => Tag::Other,
                };
            }
            CallbackEvent::AttributeName { name } if self.tag == Tag::Meta => {
                self.attribute = match name {
                    b"property" | b"name" => Attribute::Name,
                    b"content" => Attribute::Content,
                    _ => Attribute::Other,
                };
            }
            CallbackEvent::AttributeValue { value } if self.tag == Tag::Meta => match self.attribute {
                Attribute::Name if self.name.is_empty() => self.name = cut(value).to_ascii_lowercase(),
                Attribute::Content if self.content.is_empty() => self.content = cut(value),
                _ => {}
            },
            CallbackEvent::CloseStartTag { .. } if self.tag == Tag::Meta => {
                let names = TITLES.iter().chain(&DESCRIPTIONS).chain(&SITES).chain(&PICTURES);
                let known = names.copied().find(|known| *known == self.name.trim());
                if let Some(name) = known.filter(|name| *name != TITLE) {
                    self.keep(name, self.content.clone());
                }
            }
            CallbackEvent::String { value } if self.tag == Tag::Title => self.keep(TITLE, cut(value)),
            CallbackEvent::EndTag { name } => {
                self.tag = Tag::Other;
                if name == b"head" && self.first(&TITLES).is_some() {
                    return Some(());
                }
            }
            _ => {}
        }
        None
    }

    fn keep(&mut self, name: &'static str, value: String) {
        if !value.trim().is_empty() && self.first(&[name]).is_none() {
            self.values.push((name, value));
        }
    }

    /// The value of the first name that has one.
    fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| {
            self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        })
    }
}

/// The beginning of a value.
fn cut(value: &[u8]) -> String {
    String::from_utf8_lossy(&value[..value.len().min(MAX_VALUE_BYTES)]).into_owned()
}

/// A text in one line, without characters that are not seen or turn what is beside them, and no longer than it may be.
fn plain(text: &str, max_chars: usize) -> Option<String> {
    let is_harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(c, '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffd}')
    };
    let words = text.split(char::is_whitespace).map(|word| word.replace(is_harmful, ""));
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let line = match line.char_indices().nth(max_chars) {
        Some(_) => line.chars().take(max_chars - 1).chain(['…']).collect(),
        None => line,
    };
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(html: &str) -> Option<Page> {
        parse(html, &Url::parse("https://rail.example/lines/1").unwrap())
    }

    #[test]
    fn a_page_says_what_it_is() {
        let page = parsed(
            r#"<!doctype html><html><head><title>Lines &amp; times | Rail</title>
            <meta property="og:title" content="Lines &amp;
                times"><meta name=description content='All trains'>
            <META PROPERTY="og:site_name" CONTENT="Rail"><meta property="og:image" content="/a.png?x=1&amp;y=2">
            </head><body><meta property="og:description" content="not this"></body></html>"#,
        )
        .unwrap();
        assert_eq!(page.title, "Lines & times");
        assert_eq!(page.description.as_deref(), Some("All trains"));
        assert_eq!(page.site.as_deref(), Some("Rail"));
        assert_eq!(page.picture.unwrap().as_str(), "https://rail.example/a.png?x=1&y=2");
    }

    #[test]
    fn a_page_without_a_title_says_nothing() {
        for html in [
            "",
            "<title></title>",
            "<title> \u{200b}\n</title>",
            "<body><title>late</title>",
            "<script>var a = '<title>no</title>'</script>",
            "<!-- <title>no</title> -->",
            "<style><title>no</title></style>",
            "<meta property=og:title>",
            "plain text",
        ] {
            assert_eq!(parsed(html), None, "{html}");
        }
    }

    #[test]
    fn the_first_value_counts_and_is_made_harmless() {
        let page = parsed("<title>one</title><title>two</title>").unwrap();
        assert_eq!(page.title, "one");
        let page = parsed("<title>a\u{202e}b\0c\r\n d</title>").unwrap();
        assert_eq!(page.title, "abc d");
        let page = parsed("<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>").unwrap();
        assert_eq!(page.title, "<script>alert(1)</script>");
        let page = parsed(&format!("<title>{}</title>", "字".repeat(5_000))).unwrap();
        assert_eq!(page.title.chars().count(), Preview::MAX_TITLE);
        assert!(page.title.ends_with('…'));
    }

    #[test]
    fn strange_pages_are_read_to_their_end() {
        let deep = "<div>".repeat(200_000);
        let attributes = format!("<meta {}>", "a ".repeat(400_000));
        for html in [deep, attributes, "<".repeat(100_000), "&".repeat(100_000), "<title>".repeat(100_000)] {
            let _ = parsed(&html);
        }
    }
}

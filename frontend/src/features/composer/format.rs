//! What the shortcuts and the bar do to the text that is typed: pure, in bytes.

use std::ops::Range;

use confab_shared::markdown::is_address;

/// What a text can be formatted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Bold,
    Italic,
    Strike,
    Code,
    CodeBlock,
    Link,
    Quote,
    List,
    Numbers,
    Spoiler,
}

/// A change of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// What is replaced.
    pub(super) range: Range<usize>,
    /// What takes its place.
    pub(super) text: String,
    /// What is selected then, in the new text.
    pub(super) selected: Range<usize>,
}

impl Format {
    /// The format of a key that is pressed with Ctrl, or Cmd on a Mac.
    pub(super) fn of_key(key: &str, shift: bool) -> Option<Self> {
        match (key.to_lowercase().as_str(), shift) {
            ("b", false) => Some(Self::Bold),
            ("i", false) => Some(Self::Italic),
            ("e", false) => Some(Self::Code),
            ("k", false) => Some(Self::Link),
            ("x", true) => Some(Self::Strike),
            _ => None,
        }
    }

    /// Formats what is selected, or takes the format away from it.
    pub(super) fn apply(self, text: &str, selected: Range<usize>) -> Change {
        match self {
            Self::Bold => wrap(text, selected, "**"),
            Self::Italic => wrap(text, selected, "*"),
            Self::Strike => wrap(text, selected, "~~"),
            Self::Spoiler => wrap(text, selected, "||"),
            Self::Code if !text[selected.clone()].contains('\n') => wrap(text, selected, "`"),
            Self::Code | Self::CodeBlock => fence(text, selected),
            Self::Link => link(text, selected, "https://"),
            Self::Quote => mark_lines(text, selected, |_| "> ".to_owned()),
            Self::List => mark_lines(text, selected, |_| "- ".to_owned()),
            Self::Numbers => mark_lines(text, selected, |index| format!("{}. ", index + 1)),
        }
    }
}

/// An address that is pasted over a selection makes a link of it. Another address is replaced.
pub(super) fn paste(text: &str, selected: Range<usize>, pasted: &str) -> Option<Change> {
    let (pasted, shown) = (pasted.trim(), text.get(selected.clone())?);
    let may_link = !shown.trim().is_empty() && !shown.contains(['\n', '[', ']']) && !is_address(shown.trim());
    (may_link && is_address(pasted)).then(|| link(text, selected, pasted))
}

fn link(text: &str, selected: Range<usize>, href: &str) -> Change {
    let range = trimmed(text, selected);
    let shown = &text[range.clone()];
    let (shown, href) = if is_address(shown) { ("", shown) } else { (shown, href) };
    let new = format!("[{shown}]({href})");
    let behind_text = range.start + 1 + shown.len();
    let selected = match (shown.is_empty(), href) {
        (true, _) => range.start + 1..range.start + 1,
        (false, "https://") => behind_text + 2..behind_text + 2 + href.len(),
        (false, _) => range.start + new.len()..range.start + new.len(),
    };
    Change { range, text: new, selected }
}

/// Puts signs around a selection, or removes those that are there.
fn wrap(text: &str, selected: Range<usize>, sign: &str) -> Change {
    let range = trimmed(text, selected);
    let inner = &text[range.clone()];
    let len = sign.len();
    if inner.len() > 2 * len && begins(inner, sign) && ends(inner, sign) {
        let new = inner[len..inner.len() - len].to_owned();
        let selected = range.start..range.start + new.len();
        return Change { range, text: new, selected };
    }
    if ends(&text[..range.start], sign) && begins(&text[range.end..], sign) {
        let selected = range.start - len..range.end - len;
        return Change { range: range.start - len..range.end + len, text: inner.to_owned(), selected };
    }
    let selected = range.start + len..range.end + len;
    Change { text: format!("{sign}{inner}{sign}"), range, selected }
}

/// Whether a text begins with a sign: one star is no part of two.
fn begins(text: &str, sign: &str) -> bool {
    is_run(text.bytes().take_while(|byte| *byte == b'*').count(), sign) && text.starts_with(sign)
}

fn ends(text: &str, sign: &str) -> bool {
    is_run(text.bytes().rev().take_while(|byte| *byte == b'*').count(), sign) && text.ends_with(sign)
}

fn is_run(stars: usize, sign: &str) -> bool {
    match sign {
        "*" => stars % 2 == 1,
        "**" => stars >= 2,
        _ => true,
    }
}

fn fence(text: &str, selected: Range<usize>) -> Change {
    let inner = text[selected.clone()].trim_end_matches('\n');
    let signs = if inner.contains("```") { "````" } else { "```" };
    let before = &text[..selected.start];
    let behind = &text[selected.end..];
    let first = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let last = if behind.starts_with('\n') { "" } else { "\n" };
    let new = format!("{first}{signs}\n{inner}\n{signs}{last}");
    let start = selected.start + first.len() + signs.len() + 1;
    Change { range: selected, text: new, selected: start..start + inner.len() }
}

/// Marks every line of a selection, or takes the marks away where all have them.
fn mark_lines(text: &str, selected: Range<usize>, mark: impl Fn(usize) -> String) -> Change {
    let start = text[..selected.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[selected.end..].find('\n').map_or(text.len(), |at| selected.end + at);
    let lines: Vec<&str> = text[start..end].split('\n').collect();
    let is_marked = |(index, line): (usize, &&str)| line.starts_with(&mark(index));
    let lines: Vec<String> = match lines.iter().enumerate().all(is_marked) {
        true => lines.iter().enumerate().map(|(index, line)| line[mark(index).len()..].to_owned()).collect(),
        false => lines.iter().enumerate().map(|(index, line)| format!("{}{line}", mark(index))).collect(),
    };
    let new = lines.join("\n");
    let selected =
        if selected.is_empty() { start + new.len()..start + new.len() } else { start..start + new.len() };
    Change { range: start..end, text: new, selected }
}

/// A selection without white space at its ends.
fn trimmed(text: &str, selected: Range<usize>) -> Range<usize> {
    let inner = &text[selected.clone()];
    let start = selected.start + (inner.len() - inner.trim_start().len());
    match inner.trim() {
        "" => selected.start..selected.start,
        inner => start..start + inner.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Applies a format to the text between `<` and `>`, and answers the text with the new selection between them.
    fn formatted(format: Format, marked: &str) -> String {
        let (start, end) = (marked.find('<').unwrap(), marked.find('>').unwrap() - 1);
        let text = marked.replace(['<', '>'], "");
        shown(&text, format.apply(&text, start..end))
    }

    fn shown(text: &str, change: Change) -> String {
        let mut new = text.to_owned();
        new.replace_range(change.range, &change.text);
        new.insert(change.selected.end, '>');
        new.insert(change.selected.start, '<');
        new
    }

    #[test]
    fn signs_are_put_around_a_selection_and_removed_again() {
        use Format::*;
        for (format, before, after) in [
            (Bold, "a <b c> d", "a **<b c>** d"),
            (Bold, "a **<b c>** d", "a <b c> d"),
            (Bold, "a <**b**> d", "a <b> d"),
            (Bold, "a< b >c", "a **<b>** c"),
            (Bold, "<>", "**<>**"),
            (Bold, "**<>**", "<>"),
            (Italic, "**<b>**", "***<b>***"),
            (Italic, "***<b>***", "**<b>**"),
            (Italic, "看<这个>吧", "看*<这个>*吧"),
            (Strike, "<a>", "~~<a>~~"),
            (Spoiler, "<a>", "||<a>||"),
            (Code, "<a>", "`<a>`"),
        ] {
            assert_eq!(formatted(format, before), after, "{before}");
        }
    }

    #[test]
    fn lines_are_fenced_quoted_and_listed() {
        use Format::*;
        assert_eq!(formatted(Code, "see <a\nb> ok"), "see \n```\n<a\nb>\n```\n ok");
        assert_eq!(formatted(CodeBlock, "<a>"), "```\n<a>\n```\n");
        assert_eq!(formatted(CodeBlock, "<```>"), "````\n<```>\n````\n");
        assert_eq!(formatted(Quote, "a\nb<b\nc>c\nd"), "a\n<> bb\n> cc>\nd");
        assert_eq!(formatted(List, "<a\nb>"), "<- a\n- b>");
        assert_eq!(formatted(List, "<- a\n- b>"), "<a\nb>");
        assert_eq!(formatted(Numbers, "<a\nb>"), "<1. a\n2. b>");
        assert_eq!(formatted(List, "a<>"), "- a<>");
    }

    #[test]
    fn links_wait_for_what_is_missing() {
        assert_eq!(formatted(Format::Link, "the <map> here"), "the [map](<https://>) here");
        assert_eq!(formatted(Format::Link, "<>"), "[<>](https://)");
        assert_eq!(formatted(Format::Link, "<https://a.example>"), "[<>](https://a.example)");
    }

    #[test]
    fn an_address_that_is_pasted_over_words_makes_a_link() {
        let pasted =
            |text: &str, selected, address| paste(text, selected, address).map(|change| shown(text, change));
        let link = pasted("the map here", 4..7, " https://a.example/x\n");
        assert_eq!(link.as_deref(), Some("the [map](https://a.example/x)<> here"));
        assert_eq!(pasted("the map", 4..4, "https://a.example"), None, "nothing is selected");
        assert_eq!(pasted("the map", 4..7, "two https://a.example"), None);
        assert_eq!(pasted("https://b.example", 0..17, "https://a.example"), None, "it is replaced");
        assert_eq!(pasted("a\nb", 0..3, "https://a.example"), None);
    }
}

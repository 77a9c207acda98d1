//! What the parts of code are, by grammars that are data: what begins a comment or a string, and which words mean something.

use std::ops::Range;

use confab_shared::decode::{Decode, Json};

/// The grammars of all languages.
#[derive(Debug)]
pub(super) struct Grammars(Vec<Grammar>);

impl Grammars {
    /// The grammar of a language, by any of its names.
    pub(super) fn find(&self, language: &str) -> Option<&Grammar> {
        let language = language.to_lowercase();
        self.0.iter().find(|grammar| grammar.names.contains(&language))
    }
}

impl Decode for Grammars {
    fn decode(value: &Json) -> Option<Self> {
        let Json::Object(languages) = value else { return None };
        Some(Self(languages.iter().map(|(name, grammar)| Grammar::new(name, grammar)).collect()))
    }
}

/// A language.
#[derive(Debug)]
pub(super) struct Grammar {
    names: Vec<String>,
    line_comments: Vec<String>,
    /// What begins and ends comments of several lines.
    block_comments: Vec<(String, String)>,
    /// What strings begin and end with, the longest first.
    quotes: Vec<String>,
    keywords: Vec<String>,
    /// `'` quotes one character, and is otherwise none.
    has_chars: bool,
    ignores_case: bool,
    /// A word or a string before a colon is a key.
    has_keys: bool,
    /// A word goes on behind a dash.
    has_dashes: bool,
    /// Only what is in tags has parts.
    has_tags: bool,
}

/// What a part of code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Comment,
    Text,
    Number,
    Keyword,
    /// A key, an attribute, a tag or a function.
    Name,
}

impl Class {
    /// The class of its element.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Comment => "tok-comment",
            Self::Text => "tok-text",
            Self::Number => "tok-number",
            Self::Keyword => "tok-keyword",
            Self::Name => "tok-name",
        }
    }
}

impl Grammar {
    fn new(name: &str, fields: &Json) -> Self {
        let words = |field: &str| -> Vec<String> {
            fields
                .get(field)
                .text()
                .unwrap_or_default()
                .split(' ')
                .filter(|w| !w.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let pairs = |words: Vec<String>| -> Vec<(String, String)> {
            words.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
        };
        let flags = words("flags");
        let has = |flag: &str| flags.iter().any(|found| found == flag);
        Self {
            names: std::iter::once(name.to_owned()).chain(words("also")).collect(),
            line_comments: words("line"),
            block_comments: pairs(words("block")),
            quotes: words("quotes"),
            keywords: words("words"),
            has_chars: has("chars"),
            ignores_case: has("nocase"),
            has_keys: has("keys"),
            has_dashes: has("dashes"),
            has_tags: has("tags"),
        }
    }

    /// The parts of a text that are something, in their order.
    pub(super) fn tokens(&self, text: &str) -> Vec<(Range<usize>, Class)> {
        let mut tokens = Vec::new();
        let (mut at, mut in_tag) = (0, false);
        while let Some(c) = text[at..].chars().next() {
            let found = match c {
                '>' if self.has_tags => {
                    in_tag = false;
                    None
                }
                '<' if self.has_tags && !in_tag => self.comment(text, at).or_else(|| {
                    let name = tag_name(&text[at..])?;
                    in_tag = true;
                    Some((at + name.start..at + name.end, Class::Name))
                }),
                _ if self.has_tags && !in_tag => None,
                _ => self.token(text, at, c),
            };
            match found {
                Some((range, class)) => {
                    at = range.end;
                    tokens.push((range, class));
                }
                // A word without a meaning is passed as a whole.
                None => at += self.word_len(&text[at..]).max(c.len_utf8()),
            }
        }
        tokens
    }

    fn token(&self, text: &str, at: usize, first: char) -> Option<(Range<usize>, Class)> {
        if let Some(comment) = self.comment(text, at) {
            return Some(comment);
        }
        let rest = &text[at..];
        if let Some(len) = self.string_len(rest) {
            let class = if self.is_key(&rest[len..]) { Class::Name } else { Class::Text };
            return Some((at..at + len, class));
        }
        if first.is_ascii_digit() {
            let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
            let len = rest.find(|c| !goes_on(c)).unwrap_or(rest.len());
            return Some((at..at + rest[..len].trim_end_matches('.').len(), Class::Number));
        }
        let len = self.word_len(rest);
        let (word, behind) = rest.split_at_checked(len).filter(|(word, _)| !word.is_empty())?;
        let is_keyword = self.keywords.iter().any(|keyword| match self.ignores_case {
            true => keyword.eq_ignore_ascii_case(word),
            false => keyword == word,
        });
        let class = if is_keyword || (self.has_dashes && word.starts_with('@')) {
            Class::Keyword
        } else if self.is_key(behind) || behind.starts_with('(') || (self.has_tags && behind.starts_with('='))
        {
            Class::Name
        } else {
            return None;
        };
        Some((at..at + len, class))
    }

    fn comment(&self, text: &str, at: usize) -> Option<(Range<usize>, Class)> {
        let rest = &text[at..];
        for (open, close) in &self.block_comments {
            if let Some(inside) = rest.strip_prefix(open.as_str()) {
                let len =
                    inside.find(close.as_str()).map_or(rest.len(), |end| open.len() + end + close.len());
                return Some((at..at + len, Class::Comment));
            }
        }
        // `#` begins a comment only where a word could begin.
        let begins_word = text[..at].chars().next_back().is_none_or(char::is_whitespace);
        let begins = |sign: &String| rest.starts_with(sign.as_str()) && (begins_word || sign != "#");
        self.line_comments
            .iter()
            .any(begins)
            .then(|| (at..at + rest.find('\n').unwrap_or(rest.len()), Class::Comment))
    }

    /// The length of the string that a text begins with.
    fn string_len(&self, text: &str) -> Option<usize> {
        if self.has_chars && text.starts_with('\'') {
            return char_len(text);
        }
        let quote = self.quotes.iter().find(|quote| text.starts_with(quote.as_str()))?;
        let has_lines = quote.len() > 1 || quote == "`";
        let mut at = quote.len();
        while let Some(c) = text[at..].chars().next() {
            if text[at..].starts_with(quote.as_str()) {
                return Some(at + quote.len());
            }
            if c == '\n' && !has_lines {
                return Some(at);
            }
            at += c.len_utf8();
            if c == '\\' {
                at += text[at..].chars().next().map_or(0, char::len_utf8);
            }
        }
        Some(text.len())
    }

    fn is_key(&self, behind: &str) -> bool {
        let behind = behind.trim_start_matches(' ');
        let is_colon = behind.starts_with(':') && !behind.starts_with("::");
        self.has_keys && (is_colon || (self.has_dashes && behind.starts_with("= ")))
    }

    fn word_len(&self, text: &str) -> usize {
        let begins = |c: char| c.is_alphabetic() || matches!(c, '_' | '$' | '@');
        if !text.starts_with(begins) {
            return 0;
        }
        let goes_on =
            |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '@') || (self.has_dashes && c == '-');
        text.find(|c| !goes_on(c)).unwrap_or(text.len())
    }
}

/// The name of the tag that a text begins with.
fn tag_name(text: &str) -> Option<Range<usize>> {
    let from = 1 + usize::from(text[1..].starts_with(['/', '!']));
    let len = text[from..].find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(text.len() - from);
    (len > 0).then_some(from..from + len)
}

/// The length of a quoted character; none of a lifetime.
fn char_len(text: &str) -> Option<usize> {
    let inside = text.get(1..)?;
    let len = match inside.chars().next()? {
        '\\' => inside.get(2..)?.find('\'').filter(|end| *end < 10)? + 2,
        c => c.len_utf8(),
    };
    inside.get(len..)?.starts_with('\'').then_some(len + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../../public/grammars.json");

    fn grammars() -> Grammars {
        confab_shared::decode::from_str(FILE).expect("the file has the form of its type")
    }

    /// The parts of code, each with the first letter of its class.
    fn parts(language: &str, code: &str) -> Vec<String> {
        let grammars = grammars();
        let tokens = grammars.find(language).expect("the language is there").tokens(code);
        let part =
            |(range, class): (Range<usize>, Class)| format!("{}:{}", &class.name()[4..5], &code[range]);
        tokens.into_iter().map(part).collect()
    }

    #[test]
    fn languages_have_their_comments_strings_numbers_and_words() {
        for (language, code, wanted) in [
            ("rust", "fn a<'b>(x: &'b str) { 'c' } // \"d\"", "k:fn k:str t:'c' c:// \"d\""),
            ("rs", "let x = 1_000.5; /* a\nb */ \"q\\\"r\"", "k:let n:1_000.5 c:/* a\nb */ t:\"q\\\"r\""),
            (
                "python",
                "def f(): # x\n  return \"\"\"a\nb\"\"\" + 'c'",
                "k:def n:f c:# x k:return t:\"\"\"a\nb\"\"\" t:'c'",
            ),
            ("js", "const a = `x\n${b}`;", "k:const t:`x\n${b}`"),
            ("json", "{\"a\": \"b\", \"c\": true, \"d\": 1}", "n:\"a\" t:\"b\" n:\"c\" k:true n:\"d\" n:1"),
            ("yaml", "a-b: c # d\nurl: x#y", "n:a-b c:# d n:url"),
            ("toml", "a = \"b\"\n[c]", "n:a t:\"b\""),
            ("sql", "SELECT a FROM b -- c", "k:SELECT k:FROM c:-- c"),
            ("html", "don't <a href=\"x\">1</a><!-- c -->", "n:a n:href t:\"x\" n:a c:<!-- c -->"),
            ("css", "@media a { color: #fff; /* c */ }", "k:@media n:color c:/* c */"),
            ("bash", "if x; then echo $#; fi # y", "k:if k:then k:echo k:fi c:# y"),
            ("go", "func f() { return nil }", "k:func n:f k:return k:nil"),
        ] {
            assert_eq!(parts(language, code).join(" "), wanted, "{language}");
        }
    }

    #[test]
    fn twenty_languages_are_known_by_the_names_that_people_use() {
        let grammars = grammars();
        for name in [
            "rust",
            "javascript",
            "typescript",
            "tsx",
            "py",
            "golang",
            "java",
            "c",
            "c++",
            "c#",
            "html",
            "xml",
            "css",
            "json",
            "yml",
            "toml",
            "SQL",
            "sh",
            "php",
            "ruby",
            "swift",
            "kotlin",
        ] {
            assert!(grammars.find(name).is_some(), "{name}");
        }
        assert!(grammars.find("brainfuck").is_none());
    }

    #[test]
    fn any_text_has_an_end_in_every_language() {
        for grammar in &grammars().0 {
            for code in [
                "", "'", "\"", "\\", "\"\\", "'\\", "/*", "<", "</", "<!--", "李 '李", "1.", "#", "`", "@",
                "é=é",
            ] {
                let tokens = grammar.tokens(code);
                assert!(
                    tokens.iter().all(|(range, _)| range.start < range.end && range.end <= code.len()),
                    "{code}"
                );
            }
        }
    }
}

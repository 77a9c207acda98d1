//! The Markdown of messages, as clients see it: in a short notation, and beside pulldown-cmark.

use std::time::{Duration, Instant};

use confab_shared::{
    id::UserId,
    markdown::{
        Block, Inline, List, MAX_DEPTH, MAX_NODES, Marker, emoji_count, is_in_code, may_have_markup,
        may_hide_mentions, mentioned_by_name, mentions_in_prose, parse, plain_text, preview,
    },
    mentions::{Mention, mentions},
};
use proptest::prelude::*;

const MEI: UserId = UserId(7);

/// Mei is mentioned, and nobody else.
fn tree(text: &str) -> Vec<Block> {
    let people = [("mei".to_owned(), MEI)];
    parse(text, &|text, at, len| mentioned_by_name(&people, &str::to_lowercase, (text, at, len)))
}

/// A tree in a line.
fn shown(text: &str) -> String {
    blocks(&tree(text))
}

fn blocks(all: &[Block]) -> String {
    all.iter().map(block).collect::<Vec<_>>().join(" ")
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(parts) => format!("p({})", inlines(parts)),
        Block::Heading(level, parts) => format!("h{level}({})", inlines(parts)),
        Block::Quote(inner) => format!("quote({})", blocks(inner)),
        Block::List(List { marker, items }) => {
            let item = |item: &confab_shared::markdown::ListItem| {
                let number = match marker {
                    Marker::Bullet => String::new(),
                    Marker::Dot => format!("{}.", item.number),
                    Marker::Bracket => format!("{})", item.number),
                };
                let done = match item.done {
                    Some(true) => "[x]",
                    Some(false) => "[ ]",
                    None => "",
                };
                format!("li{number}{done}({})", blocks(&item.blocks))
            };
            format!("list({})", items.iter().map(item).collect::<Vec<_>>().join(" "))
        }
        Block::Code { language, text } => format!("code:{language}({text})"),
        Block::Table(table) => {
            let row =
                |row: &Vec<Vec<Inline>>| row.iter().map(|cell| inlines(cell)).collect::<Vec<_>>().join("|");
            let rows: Vec<_> = std::iter::once(&table.head).chain(&table.rows).map(row).collect();
            format!("table({})", rows.join(" / "))
        }
        Block::Rule => "rule".to_owned(),
    }
}

fn inlines(parts: &[Inline]) -> String {
    parts.iter().map(inline).collect()
}

fn inline(part: &Inline) -> String {
    match part {
        Inline::Text(text) => text.clone(),
        Inline::Code(code) => format!("<code {code}>"),
        Inline::Emphasis(parts) => format!("<i {}>", inlines(parts)),
        Inline::Strong(parts) => format!("<b {}>", inlines(parts)),
        Inline::Strikethrough(parts) => format!("<s {}>", inlines(parts)),
        Inline::Spoiler(parts) => format!("<spoiler {}>", inlines(parts)),
        Inline::Link { href, content, host } => {
            let host = host.as_ref().map(|host| format!(" really {host}")).unwrap_or_default();
            format!("<a {href}{host}: {}>", inlines(content))
        }
        Inline::Mention { user, text } => format!("<{user} {text}>"),
    }
}

/// The links of a text, where they lead.
fn links(text: &str) -> Vec<String> {
    fn collect(parts: &[Inline], found: &mut Vec<String>) {
        for part in parts {
            match part {
                Inline::Link { href, .. } => found.push(href.clone()),
                Inline::Emphasis(parts) | Inline::Strong(parts) | Inline::Spoiler(parts) => {
                    collect(parts, found)
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    for block in tree(text) {
        if let Block::Paragraph(parts) = block {
            collect(&parts, &mut found);
        }
    }
    found
}

#[test]
fn emphasis_code_and_spoilers() {
    for (text, wanted) in [
        ("a **b** c", "p(a <b b> c)"),
        ("*a* _b_ __c__ ~~d~~ ||e||", "p(<i a> <i b> <b c> <s d> <spoiler e>)"),
        ("***a***", "p(<i <b a>>)"),
        ("**a *b* c**", "p(<b a <i b> c>)"),
        ("||**a** `b`||", "p(<spoiler <b a> <code b>>)"),
        ("`a *b*` ``c ` d``", "p(<code a *b*> <code c ` d>)"),
        ("```fn x``` there", "p(<code fn x> there)"),
        ("**中文。**后面，**“好”**吧", "p(<b 中文。>后面，<b “好”>吧)"),
        ("这是**重点**内容", "p(这是<b 重点>内容)"),
        ("**🎉**x", "p(<b 🎉>x)"),
    ] {
        assert_eq!(shown(text), wanted, "{text}");
    }
}

#[test]
fn what_is_typed_without_a_meaning_stays() {
    for text in [
        "2 * 3 * 4 = 24",
        "snake_case_name",
        "a || b || c",
        "~5 to ~10",
        "~/a/~/b",
        "<b>bold</b> &amp; &lt;",
        "![an image](b.png)",
        "[a]: b",
        "[text](javascript:alert(1))",
        "[text](file)",
        "[ ](https://",
        "[^1] and [x]",
        "#channel #1",
        "#",
        ">_< >:( >.<",
        "1986. A great year",
        "-1 -- --x",
        "    four spaces",
        "C:\\new\\[x] \\\\server \\d+\\.",
        "unclosed `code and **bold",
        "a\nb\n c",
        "text\n---x",
        "+ 1",
    ] {
        assert_eq!(shown(text), format!("p({text})"), "{text}");
    }
    assert_eq!(shown("\\*a\\* \\_b\\_ \\`c\\`"), "p(*a* _b_ `c`)");
    assert_eq!(shown("title\n==="), "p(title\n===)");
    assert_eq!(shown("title\n---"), "p(title) rule");
    assert_eq!(shown("In my life\n1986. A year"), "p(In my life\n1986. A year)");
}

#[test]
fn blocks_of_all_kinds() {
    for (text, wanted) in [
        ("# One\n###### Six", "h1(One) h6(Six)"),
        ("a\n\nb", "p(a) p(b)"),
        ("> a\n> b\nmine", "quote(p(a\nb)) p(mine)"),
        (">> a\n> b", "quote(quote(p(a)) p(b))"),
        ("buy:\n- milk\n- **eggs**\nthanks", "p(buy:) list(li(p(milk)) li(p(<b eggs>))) p(thanks)"),
        ("- a\n  - b\n    - c\n- d", "list(li(p(a) list(li(p(b) list(li(p(c))))) ) li(p(d)))"),
        ("1. a\n   more\n\n2. b", "list(li1.(p(a\nmore)) li2.(p(b)))"),
        ("1. a\n1. b\n1. c", "list(li1.(p(a)) li2.(p(b)) li3.(p(c)))"),
        ("3) a\n7) b", "list(li3)(p(a)) li7)(p(b)))"),
        ("- [ ] a\n- [x] b", "list(li[ ](p(a)) li[x](p(b)))"),
        ("• a\n• b", "list(li(p(a)) li(p(b)))"),
        ("a\n***\nb", "p(a) rule p(b)"),
        ("```rust\nfn a() {}\n\n  *b*\n```\nafter", "code:rust(fn a() {}\n\n  *b*) p(after)"),
        ("~~~\n```\n~~~", "code:(```)"),
        ("```\nopen", "code:(open)"),
        ("```rust title\na\n```", "code:rust title(a)"),
        ("- a\n  ```\n  b\n\n\n  c\n  ```", "list(li(p(a) code:(b\n\n\nc)))"),
        ("|a|b|\n|-|:-:|\n|1|**2**|\nafter", "table(a|b / 1|<b 2>) p(after)"),
        ("a | b\n--|--\n1 \\| 2 | 3", "table(a|b / 1 | 2|3)"),
    ] {
        assert_eq!(shown(text).replace(" )", ")"), wanted.replace(" )", ")"), "{text}");
    }
}

#[test]
fn addresses_end_where_they_do() {
    for (text, wanted) in [
        ("see https://a.example/x?y=1#z, and", "https://a.example/x?y=1#z"),
        ("(https://a.example/b_(c))", "https://a.example/b_(c)"),
        ("https://a.example/x.", "https://a.example/x"),
        ("«https://a.example/x»", "https://a.example/x"),
        ("‹https://a.example›", "https://a.example"),
        ("https://a.example/x، ثم", "https://a.example/x"),
        ("https://a.example/x؟", "https://a.example/x"),
        ("https://a.example/x\u{2069}", "https://a.example/x"),
        ("https://a.example/\u{2066}x", "https://a.example/"),
        ("https://a.example\u{202e}x", "https://a.example"),
        ("https://a.example看", "https://a.example"),
        ("https://a.example,看", "https://a.example"),
        ("https://a.example:8080看", "https://a.example:8080"),
        ("https://a.exampleпривет", "https://a.example"),
        ("看https://a.example/路，好", "https://a.example/路"),
        ("https://例子.测试/路", "https://例子.测试/路"),
        ("https://müller.example", "https://müller.example"),
        ("HTTP://A.example", "HTTP://A.example"),
        ("https://a.example/_x_*y*", "https://a.example/_x_*y"),
        ("**https://a.example**", "https://a.example"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("www.a.example/x", "https://www.a.example/x"),
        ("www.a.example看", "https://www.a.example"),
        ("mail me@a.example.", "mailto:me@a.example"),
        ("mail me@a.example看", "mailto:me@a.example"),
        ("mailto:a.b+c@d.example", "mailto:a.b+c@d.example"),
        ("[map](https://a.example/x_(y))", "https://a.example/x_(y)"),
        ("[map](<https://a.example>)", "https://a.example"),
        ("[mail](mailto:a@b.example)", "mailto:a@b.example"),
    ] {
        assert_eq!(links(text), [wanted], "{text}");
    }
    for text in [
        "http://",
        "https:// x",
        "xhttps://a.example",
        "ftp://a.example",
        "www.",
        "www.x",
        "a@b",
        "@a.example",
        "a@b.c",
        "`https://a.example`",
        "```\nhttps://a.example\n```",
        "[x](data:text/html,y)",
        "[x](https://)",
        "[x](https://a.example y)",
    ] {
        let found = links(text);
        assert!(found.iter().all(|href| href == "https://a.example"), "{text}: {found:?}");
        assert!(!text.contains('`') || found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn a_link_shows_where_it_leads_when_its_text_says_otherwise() {
    for (text, host) in [
        ("[https://bank.example](https://evil.example/x)", Some("evil.example")),
        ("[bank.example](https://evil.example)", Some("evil.example")),
        ("[go to bank.example now](http://evil.example)", Some("evil.example")),
        ("[bank．example](https://evil.example)", Some("evil.example")),
        ("[bank.example](https://bank.example@evil.example)", Some("evil.example")),
        ("https://bank.example@evil.example/x", Some("evil.example")),
        ("[mei@a.example](mailto:eve@b.example)", Some("eve@b.example")),
        ("[https://a.example/x](https://a.example/x)", None),
        ("[a.example](https://www.a.example/y)", None),
        ("[the map](https://a.example)", None),
        ("https://a.example/b@c", None),
    ] {
        let Some(Block::Paragraph(parts)) = tree(text).into_iter().next() else { panic!("{text}") };
        let Some(Inline::Link { host: found, .. }) = parts.into_iter().next() else { panic!("{text}") };
        assert_eq!(found.as_deref(), host, "{text}");
    }
}

#[test]
fn who_is_mentioned_is_a_part_of_the_text_and_nobody_is_in_code() {
    assert_eq!(shown("hi @mei, *@mei* @bob"), format!("p(hi <{MEI} @mei>, <i <{MEI} @mei>> @bob)"));
    assert_eq!(shown("`@mei` ＠mei"), format!("p(<code @mei> <{MEI} ＠mei>)"));
    assert_eq!(shown("a@mei.example"), "p(<a mailto:a@mei.example: a@mei.example>)");
    assert_eq!(mentions_in_prose("`@a` @b\n```\n@c\n```\n~~~\n@d\n~~~\n@e_f"), [vec!["b"], vec!["e_f"]]);
    assert_eq!(mentions_in_prose("no `code @here"), [["here"]]);
    assert_eq!(mentions_in_prose(&"`x` @y ".repeat(50)).len(), 20);
}

#[test]
fn nobody_is_mentioned_in_an_address() {
    assert_eq!(mentions_in_prose("https://a.example/@b @c"), [["c"]]);
    for text in [
        "https://a.example/@mei",
        "HTTP://a.example/@mei",
        "www.a.example/@mei",
        "Www.a.example/@mei",
        "<https://a.example/@mei>",
        "[a](mailto:@mei)",
        "a+@mei.example",
        "`@mei`",
        "~~~\n@mei",
    ] {
        assert!(may_hide_mentions(text), "{text}");
        assert!(mentions_in_prose(text).is_empty(), "{text}");
    }
    for text in ["", "https://a.example/", "`code`", "hi @mei", "a@mei.example"] {
        assert!(!may_hide_mentions(text), "{text}");
    }
}

#[test]
fn previews_have_no_signs_and_keep_spoilers() {
    for (text, wanted) in [
        ("just text", "just text"),
        ("**a** `b` [c](https://d.example)", "a b c"),
        ("# a\n- b\n- [x] c", "a\n• b\n☑ c"),
        ("||secret|| known", "▒▒▒▒ known"),
        ("```rust\nlet a;\n```", "let a;"),
        ("|a|b|\n|-|-|\n|1|2|", "a · b\n1 · 2"),
    ] {
        assert_eq!(preview(text, false), wanted, "{text}");
    }
    assert_eq!(preview("known ||secret that goes on", true), "known ▒▒▒▒");
    assert_eq!(preview("a ||b", false), "a ||b");
}

#[test]
fn places_in_code_are_known() {
    let text = "a `b` c\n```\nd\n```\ne";
    let at = |what: char| is_in_code(text, text.find(what).unwrap());
    assert_eq!(['a', 'b', 'c', 'd', 'e'].map(at), [false, true, false, true, false]);
    assert!(is_in_code("```\nopen :smi", 12));
}

#[test]
fn messages_of_one_to_three_emoji_are_recognised() {
    for (text, count) in [
        ("🎉", Some(1)),
        (" 👍🏽 ❤️\n", Some(2)),
        ("👨‍👩‍👧‍👦🇨🇳🏴󠁧󠁢󠁳󠁣󠁴󠁿", Some(3)),
        ("1️⃣☕✈️", Some(3)),
        ("☝🏽", Some(1)),
        ("❤️‍🔥", Some(1)),
        ("🎉🎉🎉🎉", None),
        ("ok 🎉", None),
        ("❤", None),
        ("12", None),
        ("", None),
        ("™", None),
        ("🇨", None),
    ] {
        assert_eq!(emoji_count(text), count, "{text}");
    }
}

/// The letters that a client shows, where `x` is left out: it may mark a task.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic() && !matches!(c, 'x' | 'X')).collect()
}

/// Everything that a tree says, with the addresses of links that have a text of their own.
fn everything(all: &[Block]) -> String {
    fn parts(all: &[Inline]) -> String {
        let one = |part: &Inline| match part {
            Inline::Text(text) | Inline::Code(text) | Inline::Mention { text, .. } => text.clone(),
            Inline::Emphasis(inner)
            | Inline::Strong(inner)
            | Inline::Strikethrough(inner)
            | Inline::Spoiler(inner) => parts(inner),
            Inline::Link { href, content, .. } => {
                let text = parts(content);
                let schemes = ["", "https://", "mailto:"];
                let itself = schemes.iter().any(|scheme| *href == format!("{scheme}{text}"));
                if itself { text } else { format!("{text}{href}") }
            }
        };
        all.iter().map(one).collect()
    }
    let one = |block: &Block| match block {
        Block::Paragraph(inner) | Block::Heading(_, inner) => parts(inner),
        Block::Quote(inner) => everything(inner),
        Block::List(list) => list.items.iter().map(|item| everything(&item.blocks)).collect(),
        Block::Code { language, text } => format!("{language}{text}"),
        Block::Table(table) => {
            std::iter::once(&table.head).chain(&table.rows).flatten().map(|cell| parts(cell)).collect()
        }
        Block::Rule => String::new(),
    };
    all.iter().map(one).collect()
}

fn depth_and_nodes(all: &[Block]) -> (usize, usize) {
    fn parts(all: &[Inline]) -> (usize, usize) {
        let one = |part: &Inline| match part {
            Inline::Text(_) => (0, 0),
            Inline::Code(_) | Inline::Mention { .. } => (1, 1),
            Inline::Emphasis(inner)
            | Inline::Strong(inner)
            | Inline::Strikethrough(inner)
            | Inline::Spoiler(inner)
            | Inline::Link { content: inner, .. } => {
                let (depth, nodes) = parts(inner);
                (depth + 1, nodes + 1)
            }
        };
        all.iter().map(one).fold((0, 0), |(depth, nodes), (d, n)| (depth.max(d), nodes + n))
    }
    let one = |block: &Block| {
        let (depth, nodes) = match block {
            Block::Paragraph(inner) | Block::Heading(_, inner) => parts(inner),
            Block::Quote(inner) => depth_and_nodes(inner),
            Block::List(list) => list
                .items
                .iter()
                .map(|item| depth_and_nodes(&item.blocks))
                .fold((0, 0), |(depth, nodes), (d, n)| (depth.max(d), nodes + n + 1)),
            Block::Code { .. } | Block::Rule => (0, 0),
            Block::Table(table) => std::iter::once(&table.head)
                .chain(&table.rows)
                .flatten()
                .map(|cell| parts(cell))
                .fold((0, 0), |(depth, nodes), (d, n)| (depth.max(d), nodes + n + 1)),
        };
        (depth + 1, nodes + 1)
    };
    all.iter().map(one).fold((0, 0), |(depth, nodes), (d, n)| (depth.max(d), nodes + n))
}

#[test]
fn hostile_texts_are_parsed_in_bounded_time_to_bounded_trees() {
    let long = |part: &str| part.repeat(16 * 1024 / part.len());
    let nested: String = (0..180).map(|depth| format!("{}- a\n", "  ".repeat(depth))).collect();
    for (name, text) in [
        ("stars", long("*")),
        ("open emphasis", long("*a ")),
        ("mixed emphasis", long("*a _b ")),
        ("closing emphasis", long("a* b_ ")),
        ("pairs", long("*a*")),
        ("nested pairs", long("*a **b ")),
        ("brackets", long("[")),
        ("closing brackets", long("](")),
        ("links", long("[a](https://b.c)")),
        ("open links", long("[a](https://b.c")),
        ("backticks", (1..170).map(|count| "`".repeat(count) + " ").collect()),
        ("code", long("`a`")),
        ("quotes", long("> ")),
        ("quotes in quotes", long(">")),
        ("lists", long("- a\n")),
        ("lists in a line", long("- ")),
        ("nested lists", nested),
        ("tables", long("|a|\n|-|\n")),
        ("cells", format!("{}\n{}", long("|").split_at(8_000).0, "|-".repeat(4_000))),
        ("rows", format!("|a|\n|-|\n{}", long("|\n"))),
        ("addresses", long("https://")),
        ("closed addresses", format!("https://a.b/{}", long(")"))),
        ("words", long("a.")),
        ("mentions", long("@a ")),
        ("spoilers", long("||a")),
        ("deleted", long("~~a~~ ")),
        ("backslashes", long("\\")),
        ("line breaks", long("\n")),
        ("fences", long("```\n")),
        ("rules", long("---\n")),
        ("blank items", long("- a\n\n\n\n")),
    ] {
        let started = Instant::now();
        let tree = tree(&text);
        let took = started.elapsed();
        assert!(took < Duration::from_secs(1), "{name} took {took:?}");
        let (depth, nodes) = depth_and_nodes(&tree);
        assert!(depth <= 2 * MAX_DEPTH + 2, "{name} is {depth} deep");
        assert!(nodes <= 2 * MAX_NODES + 200, "{name} has {nodes} nodes");
    }
}

/// What pulldown-cmark makes of a text, in the same notation.
fn by_pulldown(text: &str) -> String {
    use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let mut out = String::new();
    let mut number = None;
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(tag) => match tag {
                Tag::Paragraph => out.push_str("p("),
                Tag::Heading { level, .. } => out += &format!("h{}(", level as usize),
                Tag::BlockQuote(_) => out.push_str("quote("),
                Tag::List(start) => {
                    number = start;
                    out.push_str("list(");
                }
                Tag::Item => match &mut number {
                    Some(number) => {
                        out += &format!("li{number}.(p(");
                        *number += 1;
                    }
                    None => out.push_str("li(p("),
                },
                Tag::CodeBlock(CodeBlockKind::Fenced(language)) => out += &format!("code:{language}("),
                Tag::Emphasis => out.push_str("<i "),
                Tag::Strong => out.push_str("<b "),
                Tag::Strikethrough => out.push_str("<s "),
                other => out += &format!("{other:?}("),
            },
            Event::End(tag) => match tag {
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::BlockQuote(_) | TagEnd::List(_) => {
                    out.push_str(") ")
                }
                TagEnd::CodeBlock => {
                    let len = out.trim_end_matches('\n').len();
                    out.truncate(len);
                    out.push_str(") ");
                }
                TagEnd::Item => out.push_str(")) "),
                _ => out.push('>'),
            },
            Event::Text(text) => out.push_str(&text),
            Event::Code(code) => out += &format!("<code {code}>"),
            Event::SoftBreak | Event::HardBreak => out.push('\n'),
            other => out += &format!("{other:?}"),
        }
    }
    out.trim_end().replace(" )", ")")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn text_without_signs_is_text(text in "[a-zA-Z0-9李é🎉 ,;:!?()'\"/=$%^&{}]{1,60}") {
        prop_assume!(!text.trim().is_empty() && !text.trim_start().starts_with(|c: char| c.is_ascii_digit()));
        prop_assume!(!text.contains("://"));
        prop_assert_eq!(shown(&text), format!("p({})", text.trim_end()));
    }

    #[test]
    fn every_letter_of_any_text_stays(
        text in "([*_~`|\\[\\]()<>#\\-.:/@! \n\t\\\\0-9]|[a-w]|- |> |```|\\|-|https://|www\\.|李|。|»|🎉){0,120}"
    ) {
        // Such an address gets a scheme.
        prop_assume!(!text.contains("(www.") && !text.contains("(<www."));
        prop_assert_eq!(letters(&everything(&tree(&text))), letters(&text), "{}", shown(&text));
        // What looks plain is plain.
        if !may_have_markup(&text) && !text.trim().is_empty() {
            let paragraphs = tree(&text).iter().all(|block| {
                matches!(block, Block::Paragraph(parts) if matches!(parts.as_slice(), [Inline::Text(_)]))
            });
            prop_assert!(paragraphs, "{}", shown(&text));
        }
        let _ = (plain_text(&tree(&text)), preview(&text, true), emoji_count(&text));
    }

    #[test]
    fn mentions_are_hidden_only_where_they_may_be(
        text in "(@|＠|@mei|b|[.+%:/ \\n`\\[()\\]]|https://|www\\.|WWW\\.|mailto:|\\]\\(|~~~|看){0,16}"
    ) {
        let names = |mention: Mention<'_>| mention.names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let all: Vec<_> = mentions(&text).map(names).collect();
        let in_prose = mentions_in_prose(&text);
        prop_assert!(may_hide_mentions(&text) || in_prose == all, "{all:?}, in prose {in_prose:?}");
    }

    #[test]
    fn any_bytes_are_parsed(text in "\\PC{0,200}", at in 0_usize..200) {
        prop_assert_eq!(letters(&everything(&tree(&text))), letters(&text));
        let _ = is_in_code(&text, at);
    }

    #[test]
    fn emphasis_and_code_are_what_pulldown_cmark_makes_of_them(text in "x[ab ,*_`(]{0,40}") {
        prop_assert_eq!(shown(&text), by_pulldown(text.trim_end()));
    }

    #[test]
    fn blocks_are_what_pulldown_cmark_makes_of_them(
        all in prop::collection::vec(prop::sample::select(vec![
            "# one", "### three", "text", "two\nlines", "- a\n- b", "1. a\n2. b", "> a\n> b", "```rust\na *b*\n\nc\n```",
            "~~~\nd\n~~~", "**bold** text", "> - a", "a ~~b~~ c",
        ]), 1..8)
    ) {
        // Two lists side by side are one list with a gap for us, and a loose one for CommonMark.
        let is_list = |text: &str| text.starts_with(['-', '1']);
        prop_assume!(!all.windows(2).any(|pair| is_list(pair[0]) && is_list(pair[1])));
        prop_assume!(!all.windows(2).any(|pair| pair[0].starts_with('>') && pair[1].starts_with('>')));
        let text = all.join("\n\n");
        prop_assert_eq!(shown(&text).replace(" )", ")"), by_pulldown(&text));
    }
}

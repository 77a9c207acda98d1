//! The blocks of a text, from its lines.

use super::{
    budget::{Budget, MAX_DEPTH},
    inline,
    line::{Fence, ItemStart, heading, indent, is_blank, is_rule, quoted, without_indent},
    mentioned::Mentioned,
    table,
    tree::{Block, Inline, List, ListItem, Table},
};

/// Parses a text.
pub(super) fn parse(text: &str, mentioned: &Mentioned<'_>) -> Vec<Block> {
    let lines: Vec<&str> = text.split('\n').collect();
    Parser { mentioned, budget: Budget::new() }.blocks(&lines, 0)
}

/// How many columns more than its marker the further lines of an item have at least.
const ITEM_INDENT: usize = 2;

struct Parser<'m> {
    mentioned: &'m Mentioned<'m>,
    budget: Budget,
}

impl Parser<'_> {
    fn blocks(&mut self, lines: &[&str], depth: usize) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            if is_blank(line) {
                at += 1;
                continue;
            }
            let rest = &lines[at..];
            if depth >= MAX_DEPTH || !self.budget.take() {
                blocks.push(Block::Paragraph(self.inlines(rest)));
                break;
            }
            let (block, count) = self.block(rest, depth);
            blocks.push(block);
            at += count;
        }
        blocks
    }

    /// The block that lines begin with, and how many of them it has.
    fn block(&mut self, lines: &[&str], depth: usize) -> (Block, usize) {
        let first = lines[0];
        if let Some(fence) = Fence::begins(first) {
            return code(&fence, lines);
        }
        if let Some((level, text)) = heading(first) {
            return (Block::Heading(level, self.inlines(&[text])), 1);
        }
        if is_rule(first) {
            return (Block::Rule, 1);
        }
        let quote: Vec<&str> = lines.iter().map_while(|line| quoted(line)).collect();
        if !quote.is_empty() {
            return (Block::Quote(self.blocks(&quote, depth + 1)), quote.len());
        }
        if let Some(start) = ItemStart::of(first) {
            return self.list(start, lines, depth);
        }
        if let Some(alignments) = lines.get(1).and_then(|second| table::alignments(first, second)) {
            let mut table = Table { alignments, head: self.cells(first), rows: Vec::new() };
            let rows = lines[2..].iter().take_while(|line| line.contains('|'));
            for row in rows {
                if self.budget.is_spent() {
                    break;
                }
                table.rows.push(self.cells(row));
            }
            let count = table.rows.len() + 2;
            return (Block::Table(table), count);
        }
        let more =
            lines[1..].iter().zip(1..).take_while(|(line, at)| !ends_paragraph(line, lines.get(at + 1)));
        let count = 1 + more.count();
        (Block::Paragraph(self.inlines(&lines[..count])), count)
    }

    fn list(&mut self, start: ItemStart<'_>, lines: &[&str], depth: usize) -> (Block, usize) {
        let marker = start.marker;
        let mut items = Vec::new();
        let (mut at, mut end) = (0, 0);
        while let Some(start) = lines
            .get(at)
            .filter(|line| !is_rule(line))
            .and_then(|line| ItemStart::of(line))
            .filter(|start| start.marker == marker)
        {
            let (done, text) = task(start.text);
            let mut content = vec![text];
            at += 1;
            // Further lines are indented; blank ones between them belong to the item, too.
            loop {
                let blank = blank_lines(&lines[at..]);
                let Some(next) = lines.get(at + blank) else { break };
                if indent(next) < start.indent + ITEM_INDENT {
                    break;
                }
                let further = &lines[at..=at + blank];
                content.extend(further.iter().map(|line| without_indent(line, start.text_indent)));
                at += further.len();
            }
            end = at;
            items.push(ListItem { number: start.number, done, blocks: self.blocks(&content, depth + 1) });
            if !self.budget.take() {
                break;
            }
            at += blank_lines(&lines[at..]);
        }
        number(&mut items);
        (Block::List(List { marker, items }), end)
    }

    fn cells(&mut self, line: &str) -> Vec<Vec<Inline>> {
        let mut cell = |text: String| {
            self.budget.take();
            self.inlines(&[text.as_str()])
        };
        table::cells(line).into_iter().map(&mut cell).collect()
    }

    fn inlines(&mut self, lines: &[&str]) -> Vec<Inline> {
        let text = lines.join("\n");
        inline::parse(text.trim_end(), self.mentioned, &mut self.budget)
    }
}

fn blank_lines(lines: &[&str]) -> usize {
    lines.iter().take_while(|line| is_blank(line)).count()
}

/// Whether a line, followed by another, does not belong to the paragraph before it.
fn ends_paragraph(line: &str, next: Option<&&str>) -> bool {
    is_blank(line)
        || Fence::begins(line).is_some()
        || heading(line).is_some()
        || quoted(line).is_some()
        || is_rule(line)
        || ItemStart::of(line).is_some_and(|start| start.interrupts())
        || next.is_some_and(|next| table::alignments(line, next).is_some())
}

/// A block of code, to its end or to that of the text, and how many lines it has.
fn code(fence: &Fence<'_>, lines: &[&str]) -> (Block, usize) {
    let body = lines[1..].iter().take_while(|line| !fence.ends(line));
    let text: Vec<&str> = body.map(|line| without_indent(line, fence.indent)).collect();
    let count = (text.len() + 2).min(lines.len());
    (Block::Code { language: fence.language.to_owned(), text: text.join("\n") }, count)
}

/// Whether a task is done, and the text of an item.
fn task(text: &str) -> (Option<bool>, &str) {
    let behind = |sign: &str| text.strip_prefix(sign).map(str::trim_start).filter(|text| !text.is_empty());
    match (behind("[ ] "), behind("[x] ").or_else(|| behind("[X] "))) {
        (Some(text), _) => (Some(false), text),
        (None, Some(text)) => (Some(true), text),
        (None, None) => (None, text),
    }
}

/// Counts on where all items have the same number, as those do who let the list count.
fn number(items: &mut [ListItem]) {
    let Some(first) = items.first().map(|item| item.number) else { return };
    if items.iter().all(|item| item.number == first) {
        for (item, number) in items.iter_mut().zip(first..) {
            item.number = number;
        }
    }
}

//! The lines of a table.

use super::tree::Alignment;

/// The most columns of a table.
const MAX_COLUMNS: usize = 64;

/// The alignments of a table's columns, where two lines are its head and the line below it.
pub(super) fn alignments(head: &str, below: &str) -> Option<Vec<Alignment>> {
    if !head.contains('|') || !below.contains('|') || below.len() > 4_096 {
        return None;
    }
    let alignments: Option<Vec<_>> = cells(below).into_iter().map(|cell| alignment(&cell)).collect();
    alignments.filter(|found| found.len() <= MAX_COLUMNS && found.len() == cells(head).len())
}

fn alignment(cell: &str) -> Option<Alignment> {
    let (start, end) = (cell.starts_with(':'), cell.len() > 1 && cell.ends_with(':'));
    let dashes = cell.trim_matches(':');
    let is_line = !dashes.is_empty()
        && dashes.bytes().all(|byte| byte == b'-')
        && cell.len() - dashes.len() == usize::from(start) + usize::from(end);
    is_line.then_some(match (start, end) {
        (true, true) => Alignment::Center,
        (false, true) => Alignment::End,
        (_, false) => Alignment::Start,
    })
}

/// The cells of a row. A bar behind a backslash is part of a cell, and so are those beyond the last column.
pub(super) fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'|') => {
                chars.next();
                cells.last_mut().into_iter().for_each(|cell| cell.push('|'));
            }
            '|' if cells.len() < MAX_COLUMNS => cells.push(String::new()),
            _ => cells.last_mut().into_iter().for_each(|cell| cell.push(c)),
        }
    }
    // The bar that closes the row.
    if cells.len() > 1 && cells.last().is_some_and(|last| last.trim().is_empty()) {
        cells.pop();
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

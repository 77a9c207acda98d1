//! The keyboard in the grid of emoji. Every heading has a grid of its own; the arrows cross from one to the next.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// The columns of the grid, as in the style sheet.
const COLUMNS: usize = 8;

/// Where a key leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To an emoji, by its number among all that are shown.
    To(usize),
    /// Above the first row.
    Above,
}

/// The buttons, in their order.
pub(super) fn buttons(grid: &Element) -> Vec<HtmlElement> {
    let Ok(found) = grid.query_selector_all("[data-emoji]") else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

/// How many emoji each heading has.
pub(super) fn sizes(grid: &Element) -> Vec<usize> {
    let Ok(found) = grid.query_selector_all(".emoji-grid") else { return Vec::new() };
    let size = |index| Some(found.item(index)?.dyn_into::<Element>().ok()?.child_element_count() as usize);
    (0..found.length()).filter_map(size).collect()
}

/// Where a key leads from an emoji; none for other keys and at the ends. Up and down keep the column where they can.
pub(super) fn step(sizes: &[usize], at: usize, key: &str) -> Option<Step> {
    let count: usize = sizes.iter().sum();
    match key {
        "ArrowLeft" => at.checked_sub(1).map(Step::To),
        "ArrowRight" => (at + 1 < count).then_some(Step::To(at + 1)),
        "Home" => Some(Step::To(0)),
        "End" => count.checked_sub(1).map(Step::To),
        "ArrowUp" | "ArrowDown" => vertical(sizes, at, key == "ArrowDown"),
        _ => None,
    }
}

fn vertical(sizes: &[usize], at: usize, down: bool) -> Option<Step> {
    let mut start = 0;
    let section = sizes.iter().position(|size| {
        let within = at < start + size;
        start += if within { 0 } else { *size };
        within
    })?;
    let (index, size) = (at - start, sizes[section]);
    let column = index % COLUMNS;
    if down {
        if index + COLUMNS < size {
            return Some(Step::To(at + COLUMNS));
        }
        if index / COLUMNS < (size - 1) / COLUMNS {
            return Some(Step::To(start + size - 1));
        }
        let next = *sizes.get(section + 1)?;
        return Some(Step::To(start + size + column.min(next.saturating_sub(1))));
    }
    if let Some(above) = index.checked_sub(COLUMNS) {
        return Some(Step::To(start + above));
    }
    let Some(previous) = section.checked_sub(1).map(|section| sizes[section]) else {
        return Some(Step::Above);
    };
    let last_row = (previous - 1) / COLUMNS * COLUMNS;
    Some(Step::To(start - previous + (last_row + column).min(previous - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three emoji used last, then 18 in rows of 8, 8 and 2, then 10.
    const SIZES: [usize; 3] = [3, 18, 10];

    #[test]
    fn up_and_down_keep_the_column_across_headings() {
        assert_eq!(step(&SIZES, 1, "ArrowDown"), Some(Step::To(4)));
        assert_eq!(step(&SIZES, 4, "ArrowUp"), Some(Step::To(1)));
        assert_eq!(step(&SIZES, 10, "ArrowUp"), Some(Step::To(2)), "the row above is shorter");
        assert_eq!(step(&SIZES, 4, "ArrowDown"), Some(Step::To(12)));
        assert_eq!(step(&SIZES, 18, "ArrowDown"), Some(Step::To(20)), "the row below is shorter");
        assert_eq!(step(&SIZES, 20, "ArrowDown"), Some(Step::To(22)));
    }

    #[test]
    fn the_ends_hold_and_the_top_leads_out() {
        assert_eq!(step(&SIZES, 2, "ArrowUp"), Some(Step::Above));
        assert_eq!(step(&SIZES, 0, "ArrowLeft"), None);
        assert_eq!(step(&SIZES, 30, "ArrowRight"), None);
        assert_eq!(step(&SIZES, 30, "ArrowDown"), None);
        assert_eq!(step(&SIZES, 2, "ArrowRight"), Some(Step::To(3)));
        assert_eq!(step(&SIZES, 7, "End"), Some(Step::To(30)));
    }
}

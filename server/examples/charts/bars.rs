//! Charts of bars: a panel for each figure, a bar for each who was measured, its value written at its end.

use plotters::{
    element::{Rectangle, Text},
    style::{Color, RGBColor},
};

use crate::{
    palette::{ACCENT, Area, MACHINE, MUTED, PEER, TEXT, WIDTH, svg, text, title},
    results::{Bar, Figure, Results, Role},
};

/// Where bars begin, and how long the longest is.
const BARS_LEFT: i32 = 190;
const BARS_WIDTH: f64 = 400.0;

const MARGIN: i32 = 20;
const TITLE_HEIGHT: i32 = 62;
const PANEL_TITLE_HEIGHT: i32 = 30;
const BAR_HEIGHT: i32 = 24;
const PANEL_GAP: i32 = 14;

/// A chart.
pub struct BarChart {
    /// The file's name.
    pub file: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// How to read it; the machine is added.
    pub note: &'static str,
    /// Its figures.
    pub panels: &'static [Panel],
}

/// A figure of a chart.
pub struct Panel {
    /// The benchmark's name for it.
    pub figure: &'static str,
    /// What it shows.
    pub title: &'static str,
}

impl BarChart {
    /// Draws the chart; without the panels whose figures were not measured.
    ///
    /// # Errors
    /// Where none of them was.
    pub fn draw(&self, results: &Results) -> anyhow::Result<String> {
        let figure = |panel: &Panel| results.figures.iter().find(|figure| figure.name == panel.figure);
        let panels: Vec<_> = self.panels.iter().filter_map(|panel| Some((panel, figure(panel)?))).collect();
        let Some((_, first)) = panels.first() else { anyhow::bail!("{} has no figures", self.file) };
        let height =
            MARGIN + TITLE_HEIGHT + panels.iter().map(|(_, figure)| panel_height(figure)).sum::<i32>();
        svg(u32::try_from(height)?, |area| {
            area.draw(&Text::new(self.title, (MARGIN, MARGIN + 12), title()))?;
            let note = format!("{} Measured on {}.", self.note, first.machine);
            area.draw(&Text::new(note, (MARGIN, MARGIN + 36), text(13, MUTED)))?;
            let mut top = MARGIN + TITLE_HEIGHT;
            for (panel, figure) in &panels {
                draw_panel(area, top, panel, figure)?;
                top += panel_height(figure);
            }
            Ok(())
        })
    }
}

fn panel_height(figure: &Figure) -> i32 {
    let bars = i32::try_from(figure.bars.len()).unwrap_or_default();
    PANEL_TITLE_HEIGHT + bars * BAR_HEIGHT + PANEL_GAP
}

fn draw_panel(area: &Area<'_>, top: i32, panel: &Panel, figure: &Figure) -> anyhow::Result<()> {
    area.draw(&Text::new(panel.title, (MARGIN, top + 12), text(14, TEXT)))?;
    let longest = figure.bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
    let mut top = top + PANEL_TITLE_HEIGHT;
    for bar in &figure.bars {
        let end = BARS_LEFT + (bar.value / longest * BARS_WIDTH).round() as i32;
        let middle = top + BAR_HEIGHT / 2;
        area.draw(&Text::new(bar.who.clone(), (MARGIN, middle), text(13, MUTED)))?;
        let corners = [(BARS_LEFT, top + 3), (end.max(BARS_LEFT + 1), top + BAR_HEIGHT - 3)];
        area.draw(&Rectangle::new(corners, colour(bar).filled()))?;
        area.draw(&Text::new(value(bar.value, &figure.unit), (end + 8, middle), text(13, TEXT)))?;
        top += BAR_HEIGHT;
    }
    debug_assert!(BARS_LEFT + BARS_WIDTH as i32 + 90 <= WIDTH as i32);
    Ok(())
}

fn colour(bar: &Bar) -> RGBColor {
    match bar.role {
        Role::Confab => ACCENT,
        Role::Peer => PEER,
        Role::Machine => MACHINE,
    }
}

/// A value with its unit: three digits, or thousands apart.
fn value(value: f64, unit: &str) -> String {
    let unit = unit.replace("us", "µs").replace("messages/s", "/s");
    if value < 100.0 {
        return format!("{value:.2} {unit}");
    }
    let thousands = (value / 1000.0).trunc();
    let rest = (value % 1000.0).trunc();
    if thousands >= 1.0 { format!("{thousands},{rest:03} {unit}") } else { format!("{rest} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn values_have_units_and_few_digits() {
        assert_eq!(value(4.234, "us"), "4.23 µs");
        assert_eq!(value(62_000.4, "messages/s"), "62,000 /s");
        assert_eq!(value(512.0, "ms"), "512 ms");
    }
}

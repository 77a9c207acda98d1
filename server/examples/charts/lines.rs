//! The chart of the capacity model: nodes, shards and bus traffic by the number of people, on logarithmic axes.

use std::ops::Range;

use plotters::{
    chart::ChartBuilder,
    coord::combinators::IntoLogRange,
    element::Text,
    series::LineSeries,
    style::{Color, RGBColor},
};
use serde::Deserialize;

use crate::palette::{ACCENT, Area, GRID, MACHINE, MUTED, TEXT, WIDTH, svg, text, title};

const HEIGHT: u32 = 360;
const MARGIN: i32 = 20;
const TITLE_HEIGHT: i32 = 56;
const PANEL_TITLE_HEIGHT: i32 = 26;

/// What is drawn of a plan of the capacity model.
#[derive(Deserialize)]
struct Plan {
    people: f64,
    nodes: f64,
    shards: f64,
    load: Load,
}

#[derive(Deserialize)]
struct Load {
    bus_published: f64,
    bus_received: f64,
}

/// A line: its name, its colour, how many pixels its label is below its end, and its value for a plan.
type Line = (&'static str, RGBColor, i32, fn(&Plan) -> f64);

/// Draws the plans of `capacity --series`.
///
/// # Errors
/// Where they cannot be read, or there are none.
pub fn draw(json: &str) -> anyhow::Result<String> {
    let plans: Vec<Plan> = serde_json::from_str(json)?;
    anyhow::ensure!(plans.len() > 1, "a line needs two plans");
    svg(HEIGHT, |area| {
        area.draw(&Text::new("What more people need", (MARGIN, MARGIN + 12), title()))?;
        let note = "The capacity model's defaults: 4 processors and 8 GiB to a node, 2 TiB to a shard, both half used.";
        area.draw(&Text::new(note, (MARGIN, MARGIN + 36), text(13, MUTED)))?;
        let (_, below) = area.split_vertically(MARGIN + TITLE_HEIGHT);
        let (left, right) = below.split_horizontally(WIDTH as i32 / 2);
        let machines: [Line; 2] =
            [("nodes", ACCENT, 7, |plan| plan.nodes), ("shards", MACHINE, -7, |plan| plan.shards)];
        let bus: [Line; 1] =
            [("", ACCENT, 0, |plan| (plan.load.bus_published + plan.load.bus_received) / plan.nodes)];
        panel(&left, "Nodes and database shards", 1.0..10_000.0, &plans, &machines)?;
        panel(&right, "Bus messages of each node, a second", 1.0..10_000.0, &plans, &bus)
    })
}

fn panel(
    area: &Area<'_>,
    name: &str,
    values: Range<f64>,
    plans: &[Plan],
    lines: &[Line],
) -> anyhow::Result<()> {
    area.draw(&Text::new(name, (MARGIN, 8), text(14, TEXT)))?;
    let (_, below) = area.split_vertically(PANEL_TITLE_HEIGHT);
    let people = plans[0].people..plans[plans.len() - 1].people;
    let mut chart = ChartBuilder::on(&below)
        .margin_left(4)
        .margin_right(76)
        .margin_bottom(14)
        .x_label_area_size(40)
        .y_label_area_size(52)
        .build_cartesian_2d(people.log_scale(), values.log_scale())?;
    let number = |value: &f64| short(*value);
    chart
        .configure_mesh()
        .x_labels(6)
        .y_labels(5)
        .max_light_lines(0)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style(text(12, MUTED))
        .x_label_formatter(&number)
        .y_label_formatter(&number)
        .x_desc("people")
        .axis_desc_style(text(12, MUTED))
        .draw()?;
    for (name, colour, below, value) in lines {
        let points: Vec<_> = plans.iter().map(|plan| (plan.people, value(plan))).collect();
        chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
        if let Some(end) = points.last() {
            // At the end of its line, beside the plot.
            let (x, y) = chart.backend_coord(end);
            let (left, top) = area.get_base_pixel();
            let label = format!("{} {name}", short(end.1));
            area.draw(&Text::new(label, (x - left + 6, y - top + below), text(12, *colour)))?;
        }
    }
    Ok(())
}

/// A number in three digits, with k or M.
fn short(number: f64) -> String {
    let (number, unit) = match number {
        number if number >= 1e6 => (number / 1e6, " M"),
        number if number >= 1e4 => (number / 1e3, " k"),
        number => (number, ""),
    };
    format!("{number:.0}{unit}")
}

#[cfg(test)]
mod tests {
    use super::{draw, short};

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 1_000.0, 10_000.0, 100_000_000.0].map(short), ["1", "1000", "10 k", "100 M"]);
    }

    #[test]
    fn plans_are_drawn() {
        let plan = |people| {
            format!(
                r#"{{"people":{people},"nodes":2,"shards":1,"load":{{"bus_published":1,"bus_received":2}}}}"#
            )
        };
        let svg = draw(&format!("[{},{}]", plan(1_000), plan(1_000_000))).unwrap();
        assert!(svg.contains("2 nodes") && svg.contains("1 shards"), "{svg}");
        assert!(draw("[]").is_err());
    }
}

//! Colours and texts of all charts. Each colour has a counterpart for dark pages, which the SVG's own style sheet puts in its
//! place: a rule by attribute outweighs the attribute itself.

use plotters::{
    backend::SVGBackend,
    coord::Shift,
    drawing::{DrawingArea, IntoDrawingArea},
    style::{
        Color, FontFamily, FontStyle, IntoFont, RGBColor, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

/// What is drawn on.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// How wide every chart is, in pixels: as a README's column.
pub const WIDTH: u32 = 700;

pub const BACKGROUND: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
pub const TEXT: RGBColor = RGBColor(0x1F, 0x23, 0x28);
pub const MUTED: RGBColor = RGBColor(0x59, 0x63, 0x6E);
pub const GRID: RGBColor = RGBColor(0xD8, 0xDE, 0xE4);
pub const ACCENT: RGBColor = RGBColor(0x09, 0x69, 0xDA);
pub const PEER: RGBColor = RGBColor(0x8C, 0x95, 0x9F);
pub const MACHINE: RGBColor = RGBColor(0xBC, 0x4C, 0x00);

/// Each colour, and the one on dark pages.
const DARK: [(RGBColor, RGBColor); 7] = [
    (BACKGROUND, RGBColor(0x0D, 0x11, 0x17)),
    (TEXT, RGBColor(0xE6, 0xED, 0xF3)),
    (MUTED, RGBColor(0x91, 0x98, 0xA1)),
    (GRID, RGBColor(0x3D, 0x44, 0x4D)),
    (ACCENT, RGBColor(0x44, 0x93, 0xF8)),
    (PEER, RGBColor(0x65, 0x6C, 0x76)),
    (MACHINE, RGBColor(0xDB, 0x6D, 0x28)),
];

/// Draws an SVG of a height, and gives it its style sheet.
pub fn svg(height: u32, draw: impl FnOnce(&Area<'_>) -> anyhow::Result<()>) -> anyhow::Result<String> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
    area.fill(&BACKGROUND)?;
    draw(&area)?;
    area.present()?;
    drop(area);
    let inside = svg.find('>').map_or(0, |end| end + 1);
    svg.insert_str(inside, &style_sheet());
    Ok(svg)
}

fn style_sheet() -> String {
    let hex = |RGBColor(red, green, blue): RGBColor| format!("#{red:02X}{green:02X}{blue:02X}");
    let rule = |(light, dark): &(RGBColor, RGBColor)| {
        let (light, dark) = (hex(*light), hex(*dark));
        format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}")
    };
    let rules: String = DARK.iter().map(rule).collect();
    format!(
        "\n<style>text{{font-family:system-ui,sans-serif}}@media (prefers-color-scheme:dark){{{rules}}}</style>"
    )
}

/// A text of a size in pixels, at its left end, on the middle of its line.
pub fn text(size: u32, colour: RGBColor) -> TextStyle<'static> {
    // The backend writes a font's size divided by this.
    const SIZE_OF_BACKEND: f64 = 1.24;
    let font = (FontFamily::SansSerif, f64::from(size) * SIZE_OF_BACKEND).into_font();
    TextStyle { font, color: colour.to_backend_color(), pos: Pos::new(HPos::Left, VPos::Center) }
}

/// A title.
pub fn title() -> TextStyle<'static> {
    let mut style = text(17, TEXT);
    style.font = style.font.style(FontStyle::Bold);
    style
}

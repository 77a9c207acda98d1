//! How large the picture in the viewer is, and where it lies.

use leptos::prelude::*;
use web_sys::HtmlElement;

use crate::ui::reactive::{ElementRef, effect};

/// The largest zoom.
const MAX: f64 = 8.0;

/// What a click zooms to.
const CLICK: f64 = 2.5;

/// A zoom, and how far the middle of the picture is from the middle of the stage, in pixels. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Zoom {
    stage: ElementRef,
    place: RwSignal<Place>,
    /// Whether the picture was moved since the last press: that was no click.
    moved: StoredValue<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    zoom: f64,
    x: f64,
    y: f64,
}

impl Place {
    const START: Self = Self { zoom: 1.0, x: 0.0, y: 0.0 };

    /// Zooms around a point, which stays where it is: its distance from the middle of the stage.
    fn zoomed(self, (x, y): (f64, f64), factor: f64) -> Self {
        let zoom = (self.zoom * factor).clamp(1.0, MAX);
        if zoom <= 1.0 {
            return Self::START;
        }
        let factor = zoom / self.zoom;
        Self { zoom, x: x - (x - self.x) * factor, y: y - (y - self.y) * factor }
    }

    /// Within a stage of some size: the picture does not leave it.
    fn within(self, (width, height): (f64, f64)) -> Self {
        let (x, y) = (width * (self.zoom - 1.0) / 2.0, height * (self.zoom - 1.0) / 2.0);
        Self { x: self.x.clamp(-x, x), y: self.y.clamp(-y, y), ..self }
    }
}

impl Zoom {
    /// The zoom of what is on a stage, which gets it as variables of its style.
    pub(super) fn new(stage: ElementRef) -> Self {
        let zoom = Self { stage, place: RwSignal::new(Place::START), moved: StoredValue::new(false) };
        effect(move || {
            if let Some(stage) = stage.get::<HtmlElement>() {
                let Place { zoom, x, y } = zoom.place.get();
                let style = stage.style();
                for (name, value) in [
                    ("--zoom", format!("{zoom:.3}")),
                    ("--x", format!("{x:.0}px")),
                    ("--y", format!("{y:.0}px")),
                ] {
                    let _ = style.set_property(name, &value);
                }
            }
        });
        zoom
    }

    pub(super) fn is_on(self) -> bool {
        self.place.get().zoom > 1.0
    }

    pub(super) fn reset(self) {
        self.place.set(Place::START);
    }

    /// Zooms around the middle.
    pub(super) fn by(self, factor: f64) {
        self.set(self.place.get_untracked().zoomed((0.0, 0.0), factor));
    }

    /// Zooms around a point of the window.
    pub(super) fn at(self, x: f64, y: f64, factor: f64) {
        self.set(self.place.get_untracked().zoomed(self.distance_from_middle(x, y), factor));
    }

    /// Zooms in at a point of the window, or out.
    pub(super) fn toggle_at(self, x: f64, y: f64) {
        match self.place.get_untracked().zoom > 1.0 {
            true => self.reset(),
            false => self.at(x, y, CLICK),
        }
    }

    pub(super) fn move_by(self, x: f64, y: f64) {
        let place = self.place.get_untracked();
        self.set(Place { x: place.x + x, y: place.y + y, ..place });
        if x.abs() + y.abs() > 2.0 {
            self.moved.set_value(true);
        }
    }

    /// Whether it was moved; asked once.
    pub(super) fn take_moved(self) -> bool {
        self.moved.try_update_value(std::mem::take).unwrap_or_default()
    }

    fn set(self, place: Place) {
        let size = self.stage.get_untracked::<HtmlElement>();
        let size = size
            .map_or((0.0, 0.0), |stage| (f64::from(stage.client_width()), f64::from(stage.client_height())));
        self.place.set(place.within(size));
    }

    fn distance_from_middle(self, x: f64, y: f64) -> (f64, f64) {
        let area = self.stage.get_untracked::<HtmlElement>().map(|stage| stage.get_bounding_client_rect());
        let middle = area
            .map_or((0.0, 0.0), |area| (area.left() + area.width() / 2.0, area.top() + area.height() / 2.0));
        (x - middle.0, y - middle.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zoom_keeps_its_point() {
        let place = Place::START.zoomed((100.0, 50.0), 2.0);
        assert_eq!(place, Place { zoom: 2.0, x: -100.0, y: -50.0 });
        // The point that was at (100, 50) from the middle of the picture is still there.
        assert_eq!((100.0 * place.zoom + place.x, 50.0 * place.zoom + place.y), (100.0, 50.0));
        assert_eq!(place.zoomed((3.0, 4.0), 0.1), Place::START);
        assert_eq!(Place::START.zoomed((0.0, 0.0), 100.0).zoom, MAX);
    }

    #[test]
    fn a_picture_does_not_leave_its_stage() {
        let place = Place { zoom: 2.0, x: 900.0, y: -10.0 }.within((400.0, 300.0));
        assert_eq!(place, Place { zoom: 2.0, x: 200.0, y: -10.0 });
    }
}

//! What the browser finds out about pictures, audio and video.

use leptos::task::spawn_local;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{
    CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement, HtmlMediaElement, HtmlVideoElement,
    ImageData,
};

use super::{
    browser::{document, window},
    promises::{self, happens},
};

/// How long it may take, in milliseconds.
const TIMEOUT_MS: u32 = 4_000;

/// What is known of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measured {
    /// Width and height in pixels, upright.
    pub(crate) size: Option<(u32, u32)>,
    /// How long it plays, in milliseconds.
    pub(crate) duration: Option<u32>,
}

/// Measures what is behind an address, by its type.
pub(crate) async fn measure(url: &str, mime: &str) -> Measured {
    let measured = match mime.split('/').next() {
        Some("image") => picture(url).await,
        Some("video") => player(url, "video").await,
        Some("audio") => player(url, "audio").await,
        _ => None,
    };
    measured.unwrap_or_default()
}

async fn picture(url: &str) -> Option<Measured> {
    let image = HtmlImageElement::new().ok()?;
    image.set_src(url);
    let loaded = image.complete() || happens(&image, "load", "error", TIMEOUT_MS).await;
    let size = (image.natural_width(), image.natural_height());
    Some(Measured { size: (loaded && size.0 > 0).then_some(size), duration: None })
}

async fn player(url: &str, kind: &str) -> Option<Measured> {
    let player: HtmlMediaElement = document().create_element(kind).ok()?.dyn_into().ok()?;
    player.set_preload("metadata");
    player.set_src(url);
    happens(&player, "loadedmetadata", "error", TIMEOUT_MS).await.then_some(())?;
    let seconds = player.duration();
    let duration = (seconds.is_finite() && seconds > 0.0).then_some((seconds * 1000.0) as u32);
    let video = player.dyn_ref::<HtmlVideoElement>();
    let size = video.map(|video| (video.video_width(), video.video_height())).filter(|size| size.0 > 0);
    Some(Measured { size, duration })
}

/// Plays what is in a player. That it cannot shows by its `error` event.
pub(crate) fn play(player: &HtmlMediaElement) {
    let played = player.play();
    spawn_local(async move { drop(promises::value(played).await) });
}

/// Draws a picture, given as the red, green, blue and opacity of its pixels, on a canvas, which gets its size.
pub(crate) fn draw(canvas: &HtmlCanvasElement, width: u32, height: u32, pixels: &[u8]) -> Option<()> {
    canvas.set_width(width);
    canvas.set_height(height);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), width, height).ok()?;
    context.put_image_data(&data, 0.0, 0.0).ok()
}

/// Whether the user wants no motion.
pub(crate) fn wants_no_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
    query.is_some_and(|query| query.matches())
}

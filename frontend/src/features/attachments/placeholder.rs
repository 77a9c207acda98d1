//! The tiny picture that stands for one until that is there: a ThumbHash.

use confab_shared::attachment::Attachment;
use leptos::prelude::*;
use thumbhash::thumb_hash_to_rgba;
use web_sys::HtmlCanvasElement;

use crate::{
    platform::{files::from_base64, media::draw},
    ui::reactive::{ElementRef, capture, effect},
};

/// The view of it; none where the attachment has none.
pub(crate) fn placeholder(attachment: &Attachment) -> Option<AnyView> {
    let hash = attachment.placeholder.as_deref().and_then(from_base64)?;
    let (width, height, pixels) = thumb_hash_to_rgba(&hash).ok()?;
    let size = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let canvas = ElementRef::new();
    effect(move || {
        if let Some(canvas) = canvas.get::<HtmlCanvasElement>() {
            draw(&canvas, size.0, size.1, &pixels);
        }
    });
    Some(view! { <canvas class="placeholder" aria-hidden="true" use:capture=canvas></canvas> }.into_any())
}

//! How many pictures of a camera one processor makes ready a second: metadata removed, both thumbnails and the placeholder made.
//! Beside it, how many it decodes and does nothing else with.

use std::{
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use confab::media::{Source, process};
use image::{DynamicImage, Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder};

use crate::{
    Plan, machine,
    report::{Better, Claim, Report},
    tally::median,
};

/// The sizes of the pictures, in pixels: of a phone's camera, and of what messengers send on.
const SIZES: [(u16, u16); 2] = [(4000, 3000), (1600, 1200)];

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("thumbnails", "JPEGs made ready on one processor, beside decoding them alone");
    for (width, height) in SIZES {
        let picture = photo(width, height)?;
        let kilobytes = picture.len() / 1000;
        let (mut ready, mut decoded) = (Vec::new(), Vec::new());
        for _ in 0..plan.rounds {
            let bytes = picture.clone();
            ready.push(rate(plan.time(), move || {
                let processed = process(&Source::Bytes(bytes.clone()), "")?;
                anyhow::ensure!(processed.small.is_some(), "no thumbnail");
                Ok(())
            })?);
            let bytes = picture.clone();
            decoded.push(rate(plan.time(), move || {
                image::load_from_memory(&bytes).map(|_: DynamicImage| ())?;
                Ok(())
            })?);
        }
        let (ready, decoded) = (median(ready)?, median(decoded)?);
        report.note(&format!(
            "{width} x {height}, {kilobytes} kB: {ready:.1} a second, and {decoded:.1} decoded only"
        ));
        report.claim(Claim {
            what: format!("thumbnails: {width} x {height}: pictures made ready, beside decoding alone"),
            seen: Some(ready / decoded),
            must: 0.4,
            goal: 0.6,
            better: Better::Higher,
            unit: "x",
        });
    }
    Ok(())
}

/// How often a second something can be done, on the server's processor.
fn rate(
    time: Duration,
    mut work: impl FnMut() -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<f64> {
    // A thread of its own: what it is bound to ends with it.
    let thread = thread::spawn(move || {
        machine::pin(machine::SERVER)?;
        let begun = Instant::now();
        let mut done = 0_u32;
        while begun.elapsed() < time {
            work()?;
            done += 1;
        }
        Ok(f64::from(done) / begun.elapsed().as_secs_f64())
    });
    thread.join().map_err(|_| anyhow::anyhow!("the thread panicked"))?
}

/// A picture with shapes and grain, as large as a photo of its size.
fn photo(width: u16, height: u16) -> anyhow::Result<Bytes> {
    let mut grain = 1_u32;
    let picture = RgbImage::from_fn(width.into(), height.into(), |x, y| {
        grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (grain >> 28) as f32;
        let (x, y) = (x as f32 / 97.0, y as f32 / 61.0);
        let value = |phase: f32| (127.0 + 100.0 * (x + phase).sin() * (y - phase).cos() + grain) as u8;
        Rgb([value(0.0), value(1.0), value(2.0)])
    });
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, 90).encode(&picture, width, height, ColorType::Rgb)?;
    Ok(bytes.into())
}

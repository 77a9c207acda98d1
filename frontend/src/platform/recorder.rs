//! Records the microphone.

use js_sys::Array;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{
    AnalyserNode, AudioContext, BlobEvent, File, MediaRecorder, MediaStream, MediaStreamConstraints,
    MediaStreamTrack,
};

use super::{browser::window, files, promises};

/// How often what was recorded is handed over, in milliseconds.
const SLICE_MS: i32 = 1_000;

/// How long the last part may take to come, in milliseconds.
const LAST_PART_MS: u32 = 5_000;

/// How many samples a loudness is of.
const SAMPLES: u32 = 1024;

/// A recording that is going on. Dropped, the microphone is let go.
pub(crate) struct Recorder {
    stream: MediaStream,
    recorder: MediaRecorder,
    context: AudioContext,
    analyser: AnalyserNode,
    parts: Array,
    _on_data: Closure<dyn Fn(BlobEvent)>,
}

impl Recorder {
    /// Asks the user for the microphone and begins; none where the user or the system refuses.
    pub(crate) async fn start() -> Option<Self> {
        let constraints = MediaStreamConstraints::new();
        constraints.set_audio_bool(true);
        let asked = window().navigator().media_devices().ok()?.get_user_media_with_constraints(&constraints);
        let stream: MediaStream = promises::value(asked).await?.dyn_into().ok()?;
        Self::of(&stream).or_else(|| {
            release(&stream);
            None
        })
    }

    fn of(stream: &MediaStream) -> Option<Self> {
        let context = AudioContext::new().ok()?;
        let analyser = context.create_analyser().ok()?;
        analyser.set_fft_size(SAMPLES);
        context.create_media_stream_source(stream).ok()?.connect_with_audio_node(&analyser).ok()?;
        let recorder = MediaRecorder::new_with_media_stream(stream).ok()?;
        let parts = Array::new();
        let on_data = Closure::<dyn Fn(BlobEvent)>::new({
            let parts = parts.clone();
            move |event: BlobEvent| {
                if let Some(data) = event.data() {
                    parts.push(&data);
                }
            }
        });
        recorder.set_ondataavailable(Some(on_data.as_ref().unchecked_ref()));
        recorder.start_with_time_slice(SLICE_MS).ok()?;
        Some(Self { stream: stream.clone(), recorder, context, analyser, parts, _on_data: on_data })
    }

    /// How loud it is at this moment: 0 to 255.
    pub(crate) fn level(&self) -> u8 {
        let mut samples = [0_f32; SAMPLES as usize];
        self.analyser.get_float_time_domain_data(&mut samples);
        loudness(&samples)
    }

    /// Ends it and answers what was recorded.
    pub(crate) async fn finish(self, name: &str) -> Option<File> {
        self.recorder.stop().ok()?;
        promises::happens(&self.recorder, "stop", "error", LAST_PART_MS).await;
        // `audio/webm;codecs=opus`
        let mime = self.recorder.mime_type();
        let mime = mime.split(';').next().unwrap_or_default().trim();
        let ending = mime.rsplit('/').next().unwrap_or_default();
        files::of_parts(&self.parts, &format!("{name}.{ending}"), mime).filter(|file| file.size() > 0.0)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.recorder.set_ondataavailable(None);
        release(&self.stream);
        let _ = self.context.close();
    }
}

fn release(stream: &MediaStream) {
    for track in stream.get_tracks().iter() {
        let track: MediaStreamTrack = track.unchecked_into();
        track.stop();
    }
}

/// The loudness of samples between -1 and 1, as the ear takes it: by its root mean square, in decibels above a quiet room.
fn loudness(samples: &[f32]) -> u8 {
    const QUIET_DB: f32 = -55.0;
    const LOUD_DB: f32 = -8.0;
    let mean = samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32;
    let decibels = 10.0 * mean.max(1e-9).log10();
    (((decibels - QUIET_DB) / (LOUD_DB - QUIET_DB)).clamp(0.0, 1.0) * 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::loudness;

    #[test]
    fn silence_is_not_loud_and_a_shout_is() {
        assert_eq!(loudness(&[0.0; 64]), 0);
        assert_eq!(loudness(&[0.9; 64]), 255);
        let speech = loudness(&[0.03; 64]);
        assert!((80..160).contains(&speech), "{speech}");
    }
}

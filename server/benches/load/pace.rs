//! Says when things are to be sent, at a set rate, whatever becomes of those before (no coordinated omission).

use std::{
    thread,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

/// The moments at which something is to be sent, each told when it has come. A thread of its own wakes for them: the
/// runtime's timers are only good to a millisecond.
pub fn moments(per_second: f64, time: Duration) -> mpsc::UnboundedReceiver<Instant> {
    let (come, moments) = mpsc::unbounded_channel();
    thread::spawn(move || {
        let begun = Instant::now();
        for number in 1.. {
            let since = Duration::from_secs_f64(f64::from(number) / per_second);
            let moment = begun + since;
            thread::sleep(moment.saturating_duration_since(Instant::now()));
            if since > time || come.send(moment).is_err() {
                return;
            }
        }
    });
    moments
}

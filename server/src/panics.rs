//! Panics. Each is a fault of the server: it ends the task of the connection or request that it happened in, and nothing
//! else, and it is logged and counted. What all connections need is the exception: where the storage's writer, the
//! publisher or the heartbeat panics, the process ends.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic::PanicHookInfo,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Has every panic of the process logged and counted. With `RUST_BACKTRACE=1`, its backtrace is logged, too.
pub fn install_hook() {
    std::panic::set_hook(Box::new(record));
}

/// How many panics there were since the process started.
pub fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

fn record(panic: &PanicHookInfo<'_>) {
    let panics = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    let cause = panic.payload_as_str().unwrap_or("unknown");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    tracing::error!(
        cause,
        place,
        thread,
        panics,
        "a task panicked, which is a fault of the server: please report it"
    );
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        tracing::error!("the panic's backtrace:\n{backtrace}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_are_counted() {
        // Other tests print their panics by the hook before.
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            record(panic);
            print(panic);
        }));
        let before = count();
        thread::spawn(|| panic!("a fault")).join().unwrap_err();
        assert!(count() > before);
    }
}

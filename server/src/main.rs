//! The executable `confab`.

use std::{
    io::{ErrorKind, IsTerminal, stderr},
    net::SocketAddr,
    process::ExitCode,
};

use anyhow::Context;
use confab::{
    app,
    config::{Invocation, LogFormat},
    data_command, lifecycle, migrate_command, panics, user_command,
};
use rustix::{fs::Mode, process::umask};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Storage reads block a thread each, and so do reads and writes of files.
const MAX_BLOCKING_THREADS: usize = 8 + 24;

/// The log without `CONFAB_LOG`. The bus's client logs what `realtime::bus` logs, too.
const DEFAULT_LOG: &str = "info,async_nats=warn";

fn main() -> ExitCode {
    let invocation = Invocation::from_command_line();
    // The umask makes new files private, also those that SQLite creates.
    umask(Mode::RWXG | Mode::RWXO);
    start_log(invocation.log_format());
    panics::install_hook();
    match run(invocation) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(invocation: Invocation) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .enable_all()
        .build()
        .context("failed to start the runtime")?;
    runtime.block_on(async {
        let config = match invocation {
            Invocation::Serve(config) => *config,
            Invocation::Operate(command) => return user_command::run(command).await,
            Invocation::Data(command) => return data_command::run(command).await,
            Invocation::Migrate(command) => return migrate_command::run(command).await,
        };
        let stop = lifecycle::stop_on_signal().context("failed to listen for signals")?;
        let listener = TcpListener::bind(config.listen).await.map_err(|error| {
            let hint = listen_hint(config.listen, error.kind());
            anyhow::Error::new(error).context(format!("failed to listen on {}{hint}", config.listen))
        })?;
        app::serve(listener, config, stop).await
    })
}

/// Logs to stderr from now on.
fn start_log(format: LogFormat) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_env("CONFAB_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG)),
        )
        .with_writer(stderr)
        // An error of writing the log would be printed on stderr, and printing panics where stderr cannot be written (a
        // log on a full disk).
        .log_internal_errors(false);
    match format {
        LogFormat::Text => log.with_ansi(wants_colour()).init(),
        LogFormat::Json => log.with_ansi(false).json().flatten_event(true).with_span_list(false).init(),
    }
}

/// Whether the log is coloured: on a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
fn wants_colour() -> bool {
    stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A hint for the error of listening on an address.
fn listen_hint(address: SocketAddr, kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::AddrInUse => {
            " (something else listens there; `--listen` takes another port, and 0 a free one)"
        }
        ErrorKind::AddrNotAvailable => " (this machine has no such address)",
        ErrorKind::PermissionDenied if address.port() < 1024 => {
            " (ports below 1024 need special rights; `--listen` takes another port)"
        }
        _ => "",
    }
}

//! The executable `confab`.

use std::process::ExitCode;

use anyhow::Context;
use confab::{app, config::Config, lifecycle};
use rustix::{fs::Mode, process::umask};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Store reads block a thread each; the store lets only a few happen at once.
const BLOCKING_THREADS: usize = 8;

fn main() -> ExitCode {
    let config = Config::from_command_line();
    // What is written is for this user alone, whoever writes it: SQLite makes files of its own.
    umask(Mode::RWXG | Mode::RWXO);
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("CONFAB_LOG").unwrap_or_else(|_| EnvFilter::new("info")))
        .with_writer(std::io::stderr)
        // They would be told on stderr, and a stderr that cannot be written (a log on a full disk) ends the thread
        // that tries.
        .log_internal_errors(false)
        .init();
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let stop = lifecycle::stop_on_signal()?;
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}", config.listen))?;
        app::serve(listener, config, stop).await
    })
}

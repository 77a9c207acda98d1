//! `confab user`: makes accounts and sets passwords from the command line, for who runs the server. The server must not run:
//! one process at a time writes to a data folder.

use std::{io::BufRead, path::Path, sync::Arc};

use anyhow::{Context, anyhow};
use confab_shared::api::Access;
use tokio::sync::mpsc;

use crate::{
    config::{UserAction, UserCommand},
    realtime::bus::local::LocalBus,
    service::{Service, error::Error, token},
    storage::{Storage, data_folder, sqlite::Sqlite},
};

/// How many characters of a generated password there are: 96 random bits.
const GENERATED_CHARS: usize = 16;

/// Runs the command, and prints what it did.
///
/// # Errors
/// Where the data folder cannot be used or a server uses it, and where the name or the password is refused.
pub async fn run(command: UserCommand) -> anyhow::Result<()> {
    let UserCommand { data, password_stdin, action } = command;
    let given = password_stdin.then(read_password).transpose()?;
    let storage = open(&data)?;
    let service =
        Service::new(Access::Accounts, Arc::clone(&storage), Arc::new(LocalBus::new(Arc::default())));
    let generated = given.is_none();
    let password = match given {
        Some(password) => password,
        None => token::new_secret()?.chars().take(GENERATED_CHARS).collect(),
    };
    let done = match &action {
        UserAction::Add { name } => service.add_account(name, password.clone()).await,
        UserAction::SetPassword { name } => service.reset_password(name, password.clone()).await,
    };
    storage.close().await;
    let user = done.map_err(|Error { message, .. }| anyhow!("{message}"))?;
    println!("{} can sign in with a password.", user.name);
    if generated {
        println!(
            "The password is {password}: it is shown only now. It can be changed in the settings of the page."
        );
    }
    Ok(())
}

fn open(folder: &Path) -> anyhow::Result<Arc<dyn Storage>> {
    data_folder::prepare(folder)?;
    // Nothing is published: accounts are no events.
    let (committed, _) = mpsc::channel(1);
    Ok(Arc::new(Sqlite::open(folder, committed)?))
}

fn read_password() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("failed to read the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

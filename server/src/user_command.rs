//! `confab user`, `confab invite` and `confab reindex`: accounts and the search index from the command line, for who runs the server. Where a server runs on the
//! data folder, it does what is asked; otherwise this process does.

use std::{io::BufRead, path::Path, sync::Arc};

use anyhow::{Context, anyhow};
use confab_shared::api::Access;
use tokio::sync::mpsc;

use crate::{
    config::OperatorCommand,
    realtime::bus::local::LocalBus,
    service::{
        Service,
        operator::{OperatorAnswer, OperatorRequest},
        options::{FILE_LIMITS, Options, SESSION_LIFETIME, WELCOME_LIMIT},
        rate_limits::RateLimits,
    },
    storage::{backend, data_folder, setup_link::SetupLinkFile},
    transport::control,
};

/// Runs the command, and prints what it did.
///
/// # Errors
/// Where the data folder cannot be used, and where the name or the password is refused.
pub async fn run(command: OperatorCommand) -> anyhow::Result<()> {
    let OperatorCommand { data, database, url, password_stdin, request } = command;
    let password = password_stdin.then(read_password).transpose()?;
    let request = with_password(request, password);
    let asked = control::ask(&data, &request).await.context("failed to ask the server that runs")?;
    let answer = match asked {
        Some(answer) => answer,
        None => operate(&data, database.as_deref(), url, request).await?,
    };
    print(answer.map_err(|sentence| anyhow!(sentence))?);
    Ok(())
}

/// Does what is asked, without a server.
async fn operate(
    folder: &Path,
    database: Option<&str>,
    url: String,
    request: OperatorRequest,
) -> anyhow::Result<Result<OperatorAnswer, String>> {
    data_folder::prepare(folder)?;
    // Nothing is published: accounts are no events.
    let (committed, _) = mpsc::channel(1);
    let storage = backend::open(database, folder, committed).await?;
    let options = Options {
        access: Access::Accounts,
        exposed: false,
        url,
        has_public_url: true,
        session_lifetime: SESSION_LIFETIME,
        welcome_limit: WELCOME_LIMIT,
        file_limits: FILE_LIMITS,
        link_previews: false,
        setup_link: SetupLinkFile::new(folder),
    };
    let bus = Arc::new(LocalBus::new(Arc::default()));
    let service = Service::new(options, Arc::clone(&storage), bus, RateLimits::off());
    let answer = service.operate(request).await.map_err(|error| error.message);
    storage.close().await;
    Ok(answer)
}

fn with_password(request: OperatorRequest, given: Option<String>) -> OperatorRequest {
    match request {
        OperatorRequest::Add { name, role, .. } => OperatorRequest::Add { name, role, password: given },
        OperatorRequest::SetPassword { name, .. } => OperatorRequest::SetPassword { name, password: given },
        other => other,
    }
}

fn read_password() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("failed to read the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn print(answer: OperatorAnswer) {
    let role = |role| format!("{role:?}").to_lowercase();
    match answer {
        OperatorAnswer::Accounts(accounts) => {
            for account in accounts {
                let mut line = format!("{}\t{}", account.user.name, role(account.role));
                if let Some(display_name) = &account.user.display_name {
                    line.push_str(&format!("\t“{display_name}”"));
                }
                for (has, word) in [
                    (!account.has_password, "no password"),
                    (account.has_second_factor, "second factor"),
                    (!account.active, "deactivated"),
                ] {
                    if has {
                        line.push_str(&format!("\t{word}"));
                    }
                }
                println!("{line}");
            }
        }
        OperatorAnswer::Account(account, generated) => {
            let name = &account.user.name;
            match (account.active, account.has_password) {
                (false, _) => println!("{name} is deactivated."),
                (true, true) => println!("{name} ({}) can sign in with a password.", role(account.role)),
                (true, false) => println!("{name} ({}) has no password.", role(account.role)),
            }
            if let Some(password) = generated {
                println!(
                    "The password is {password}: it is shown only now. It can be changed in the settings of the page."
                );
            }
        }
        OperatorAnswer::Link(link) => println!("{link}"),
        OperatorAnswer::Reindexing => {
            println!(
                "The search index is built anew by the server that runs, or by the next start: until then, search finds less."
            );
        }
    }
}

//! Only the user that the server runs as may read the data.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
};

use crate::{
    lifecycle::run,
    support::{Person, Server, in_time, person::EVERYONE},
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// The files of a folder, with their modes.
fn files(folder: &Path) -> Vec<(String, u32)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut files: Vec<_> =
        entries.map(|entry| (entry.file_name().into_string().unwrap(), mode(&entry.path()))).collect();
    files.sort();
    files
}

const FILES: [&str; 8] = [
    "confab.db",
    "confab.db-shm",
    "confab.db-wal",
    "confab.lock",
    "confab.sock",
    "search.db",
    "search.db-shm",
    "search.db-wal",
];

fn all_private() -> Vec<(String, u32)> {
    let files = FILES.map(|name| (name.to_owned(), 0o600));
    [("blobs".to_owned(), 0o700)].into_iter().chain(files).collect()
}

/// Waits for the search index, which is made while the server is ready.
async fn indexing(folder: &Path) {
    let made = async {
        while !FILES.iter().all(|name| folder.join(name).exists()) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    in_time("the search index", made).await;
}

#[tokio::test]
async fn what_is_made_is_private_whatever_the_umask() {
    let server = Server::with().after("umask 000").start().await;
    let mei = Person::come(&server, "mei").await;
    mei.connect().await.send_text(EVERYONE, "between us").await;
    indexing(&server.data()).await;
    assert_eq!(mode(&server.data()), 0o700);
    assert_eq!(files(&server.data()), all_private());
}

#[tokio::test]
async fn what_was_made_before_becomes_private() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    mei.connect().await.send_text(EVERYONE, "between us").await;
    indexing(&server.data()).await;
    server.sigkill().await;
    let data = server.data();
    set_mode(&data, 0o755);
    for (name, _) in files(&data) {
        let mode = if name == "blobs" { 0o755 } else { 0o644 };
        set_mode(&data.join(name), mode);
    }
    server.restart().await;
    assert_eq!(mode(&data), 0o700);
    assert_eq!(files(&data), all_private());
    assert_eq!(mei.log(EVERYONE).await.len(), 1);
}

#[tokio::test]
async fn a_folder_with_other_things_in_it_keeps_its_rights_and_the_messages_are_private() {
    let mut server = Server::start().await;
    indexing(&server.data()).await;
    server.sigkill().await;
    let data = server.data();
    let other = data.join("holiday.jpg");
    fs::write(&other, "a picture").unwrap();
    set_mode(&other, 0o644);
    set_mode(&data, 0o755);
    set_mode(&data.join("confab.db"), 0o644);
    server.restart().await;
    assert_eq!((mode(&data), mode(&other)), (0o755, 0o644));
    let ours: Vec<_> = files(&data).into_iter().filter(|(name, _)| name != "holiday.jpg").collect();
    assert_eq!(ours, all_private());
    server.logs("its permissions are left as they are").await;
}

#[test]
fn a_shared_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("somebody's"), "").unwrap();
    set_mode(folder.path(), 0o1777);
    let path = folder.path().to_str().unwrap();
    let (code, _, stderr) = run(&["--listen", "127.0.0.1:0", "--data", path]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains(path) && stderr.contains("a folder of its own"), "{stderr}");
    assert_eq!(mode(folder.path()), 0o1777);
}

#[test]
fn a_folder_of_another_user_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    if chown(folder.path(), Some(12_345), None).is_err() {
        eprintln!("only root can give a folder away: not tested");
        return;
    }
    let path = folder.path().to_str().unwrap();
    let (code, stdout, stderr) = run(&["--listen", "127.0.0.1:0", "--data", path]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    let line = stderr.lines().last().unwrap_or_default();
    assert!(line.starts_with("error: ") && line.contains(path) && line.contains("another user"), "{stderr}");
    assert_eq!(files(folder.path()), []);
}

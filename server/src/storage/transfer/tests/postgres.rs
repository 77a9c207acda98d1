//! From a folder to Postgres and back.

use confab_postgres_fixture as fixture;
use tokio::sync::mpsc;

use super::{
    PAGE, filled, serve,
    world::{answers, retry},
};
use crate::storage::{
    Storage,
    postgres::{Postgres, transfer::Transfer},
    sqlite::Sqlite,
    transfer::{Import, PAGE as LARGE_PAGE, TargetState, moving::move_all},
};

#[tokio::test]
async fn everything_moves_to_postgres_and_back() {
    let Some(server) = fixture::shared() else { return };
    let address = server.database();
    let (from, read) = filled().await;
    let source = Sqlite::open_source(from.path()).await.unwrap();
    let there = {
        let target = Transfer::target(&address).await.unwrap();
        move_all(&source, &target, PAGE, &mut |_| ()).await.unwrap()
    };
    drop(source);
    let storage = Postgres::open(&address, mpsc::channel(10_000).0).await.unwrap();
    assert_eq!(answers(&storage).await, read);
    let refused = Transfer::target(&address).await.err().unwrap().to_string();
    assert!(refused.contains("a server uses the database"), "{refused}");
    storage.close().await;
    drop(storage);

    let back = tempfile::tempdir().unwrap();
    let target = Sqlite::open_target(back.path()).unwrap();
    let digests = {
        let source = Transfer::source(&address).await.unwrap();
        move_all(&source, &target, LARGE_PAGE, &mut |_| ()).await.unwrap()
    };
    assert_eq!(digests, there);
    target.close().await;
    drop(target);
    let (old, new) = (serve(from.path()), serve(back.path()));
    assert_eq!(answers(&new).await, read);
    let postgres = Postgres::open(&address, mpsc::channel(10_000).0).await.unwrap();
    assert_eq!(retry(&new).await, retry(&old).await);
    assert_eq!(retry(&postgres).await, retry(&old).await);
}

#[tokio::test]
async fn new_ids_follow_those_that_were_moved() {
    let Some(server) = fixture::shared() else { return };
    let address = server.database();
    let (from, _) = filled().await;
    let source = Sqlite::open_source(from.path()).await.unwrap();
    let target = Transfer::target(&address).await.unwrap();
    move_all(&source, &target, PAGE, &mut |_| ()).await.unwrap();
    drop((source, target));
    let postgres = Postgres::open(&address, mpsc::channel(10_000).0).await.unwrap();
    let sqlite = serve(from.path());
    assert_eq!(super::world::go_on(&postgres).await, super::world::go_on(&sqlite).await);
}

#[tokio::test]
async fn interrupted_move_to_postgres_goes_on() {
    let Some(server) = fixture::shared() else { return };
    let address = server.database();
    let (from, read) = filled().await;
    let source = Sqlite::open_source(from.path()).await.unwrap();
    let target = Transfer::target(&address).await.unwrap();
    let stopped = {
        let mut pages = 0;
        let mut stop = |_| {
            pages += 1;
            assert!(pages < 20, "stopped in the middle");
        };
        let moving = std::panic::AssertUnwindSafe(move_all(&source, &target, PAGE, &mut stop));
        futures_util::FutureExt::catch_unwind(moving).await
    };
    assert!(stopped.is_err());
    drop(target);
    let refused = Postgres::open(&address, mpsc::channel(1).0).await.err().unwrap().to_string();
    assert!(refused.contains("was interrupted"), "{refused}");
    let target = Transfer::target(&address).await.unwrap();
    assert!(matches!(target.state().await.unwrap(), TargetState::Interrupted(_)));
    move_all(&source, &target, PAGE, &mut |_| ()).await.unwrap();
    assert_eq!(target.state().await.unwrap(), TargetState::Used);
    drop(target);
    let storage = Postgres::open(&address, mpsc::channel(10_000).0).await.unwrap();
    assert_eq!(answers(&storage).await, read);
}

/// A column that is in no record would be lost.
#[tokio::test]
async fn every_table_of_postgres_has_been_thought_of() {
    let Some(server) = fixture::shared() else { return };
    let address = server.database();
    let database = address.split('?').next().unwrap().rsplit('/').next().unwrap();
    drop(Postgres::open(&address, mpsc::channel(1).0).await.unwrap());
    let sql = "SELECT string_agg(tablename, ' ' ORDER BY tablename COLLATE \"C\") FROM pg_tables \
         WHERE schemaname = 'public'";
    assert_eq!(
        server.sql(database, sql),
        // `cluster_node` and `node_user` say which nodes live, and who is connected to them: none is during a move. `thread_move`
        // says what they may have missed.
        // The search index is derived from what is moved.
        // Which blobs are used follows from the attachments; uploads begin again.
        "attachment blob_use cluster_node condemned_blob conversation draft event group_request invitation invitation_group \
         member mention message_change \
         message_event node node_user pin reaction recovery_code saved_message schema_version search_document search_progress \
         search_version second_factor session settings thread thread_draft thread_follower thread_mention thread_move thread_reply \
         unchanged_command upload users",
        "a table is in no section of storage::transfer"
    );
}

//! `big-store` with Postgres. A database is filled in minutes, and too large to be kept.

use anyhow::Context;
use confab::storage::{Storage, postgres::Postgres};
use confab_postgres_fixture::PostgresServer;

use crate::{
    Plan,
    big_store::{self, Place, Store},
    postgres::{self, database_name},
    report::Report,
    stores::{self, CONVERSATIONS},
};

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("big_postgres", "the same as big_store with Postgres");
    let server = postgres::start()?;
    let mut all = Vec::new();
    for messages in &plan.stores {
        let database = server.database();
        fill(&server, &database, *messages).await?;
        all.push(Store::new(*messages, Place::Database(database)));
    }
    big_store::rounds(plan, &mut all).await?;
    big_store::table(report, &all)?;
    big_store::claims("big_postgres", report, &all);
    Ok(())
}

/// Fills a database: the first message of each conversation through the storage API, and the others as copies of it, in
/// transactions of one for each conversation.
async fn fill(server: &PostgresServer, address: &str, messages: usize) -> anyhow::Result<()> {
    println!("filling a database with {messages} messages");
    let (committed, mut told) = tokio::sync::mpsc::channel(64);
    let drain = tokio::spawn(async move { while told.recv().await.is_some() {} });
    let store = Postgres::open(address, committed).await?;
    stores::begin(&store).await?;
    store.close().await;
    drop(store);
    drain.await?;
    let copies = (messages / CONVERSATIONS).checked_sub(1).context("a message for each conversation")?;
    let database = database_name(address)?;
    server.sql(database, &insert(copies));
    for rest in [
        format!(
            "UPDATE conversation SET head_seq = head_seq + {copies}, message_count = message_count + {copies}, \
             last_seq = last_seq + {copies}, furthest_read_seq = furthest_read_seq + {copies} WHERE kind = 1"
        ),
        // The author has read all.
        format!(
            "UPDATE member m SET read_seq = m.read_seq + {copies}, read_ordinal = m.read_ordinal + {copies} \
             FROM conversation c WHERE c.id = m.conversation AND c.kind = 1 AND m.user_id = c.last_by"
        ),
        // So that nothing of it is left to do while the server is measured.
        "VACUUM (FREEZE, ANALYZE)".to_owned(),
        "CHECKPOINT".to_owned(),
    ] {
        server.sql(database, &rest);
    }
    Ok(())
}

/// Copies the one message of each conversation, so many times. Ids of commands grow, as those of clients do.
fn insert(copies: usize) -> String {
    format!(
        "DO $$ BEGIN \
         CREATE TEMPORARY TABLE first ON COMMIT PRESERVE ROWS AS SELECT * FROM event WHERE kind = 'posted'; \
         FOR n IN 1..{copies} LOOP \
             INSERT INTO event (conversation, seq, at, by, client_id, kind, ordinal, body) \
             SELECT conversation, seq + n, at, by, lpad(to_hex(n::bigint * 1000000 + conversation), 32, '0')::uuid, kind, \
                 ordinal + n, jsonb_set(body::jsonb, '{{ordinal}}', to_jsonb(ordinal + n))::json \
             FROM first; \
             COMMIT; \
         END LOOP; END $$"
    )
}

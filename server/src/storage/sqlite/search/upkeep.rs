//! Removes the words of deleted messages, and of what edited ones said before. FTS5 only marks a row as deleted, and drops its
//! words when it next joins the parts of its index that have them. So all parts are joined into one, a step at a time, while
//! there is nothing to index.

use confab_shared::id::Timestamp;
use rusqlite::{Connection, params};

/// How often all parts are joined, at most, in milliseconds: that writes the whole index.
const INTERVAL_MS: u64 = 24 * 60 * 60 * 1_000;

/// How many pages of the index a step writes, about.
const PAGES: i64 = 256;

/// Of `upkeep.state`: words have to be removed.
const DUE: i64 = 1;

/// Of `upkeep.state`: parts are being joined. A crash or a restart goes on with it.
const JOINING: i64 = 2;

/// Notes that words have to be removed.
pub(super) fn note_removed(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE upkeep SET state = state | ?1 WHERE state & ?1 = 0")?.execute([DUE])?;
    Ok(())
}

/// Does a step, where it is time to, and answers whether there may be more to do.
pub(super) fn step(connection: &Connection, now: Timestamp) -> rusqlite::Result<bool> {
    let (state, begun_at): (i64, u64) = connection
        .prepare_cached("SELECT state, at FROM upkeep")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let is_joining = state & JOINING != 0;
    if !is_joining && (state & DUE == 0 || begun_at > now.0.saturating_sub(INTERVAL_MS)) {
        return Ok(false);
    }
    let transaction = connection.unchecked_transaction()?;
    if !is_joining {
        // What is removed from here on is for the next time.
        transaction.execute("UPDATE upkeep SET state = ?1, at = ?2", params![JOINING, now.0])?;
    }
    let written = || transaction.query_row("SELECT total_changes()", [], |row| row.get::<_, i64>(0));
    let before = written()?;
    // A negative number begins to join all parts.
    let pages = if is_joining { PAGES } else { -PAGES };
    transaction.prepare_cached("INSERT INTO term (term, rank) VALUES ('merge', ?1)")?.execute([pages])?;
    // The statement itself counts as one change.
    let is_done = written()? - before < 2;
    if is_done {
        transaction.execute("UPDATE upkeep SET state = state & ?1", [DUE])?;
    }
    transaction.commit()?;
    if is_done {
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    Ok(!is_done)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{super::file::IndexFile, *};

    #[test]
    fn words_of_deleted_messages_are_gone_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = IndexFile::new(folder.path(), &folder.path().join("confab.db"));
        let connection = file.open().unwrap();
        let mut insert = connection.prepare("INSERT INTO term (rowid, terms) VALUES (?1, ?2)").unwrap();
        for id in 1..=500 {
            let word = if id % 100 == 7 { "secretword" } else { "keptword" };
            insert.execute(params![id, format!("{word} number{id} {}", "x".repeat(30))]).unwrap();
        }
        drop(insert);
        let has = |word: &str| {
            let files =
                fs::read_dir(folder.path()).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
            // A part of a word that others begin with is not written twice.
            files
                .flat_map(|bytes| bytes.windows(8).map(<[u8]>::to_vec).collect::<Vec<_>>())
                .any(|window| window == word.as_bytes()[word.len() - 8..])
        };
        assert!(has("secretword") && has("keptword"));
        connection.execute("DELETE FROM term WHERE rowid % 100 = 7", []).unwrap();
        note_removed(&connection).unwrap();
        let day = Timestamp(INTERVAL_MS);
        assert!(step(&connection, day).unwrap(), "one step is not all");
        drop(connection);
        let connection = file.open().unwrap();
        while step(&connection, day).unwrap() {}
        assert!(!has("secretword") && has("keptword"), "it went on after the file was opened again");
        assert!(!step(&connection, day).unwrap(), "nothing is left to do");
        note_removed(&connection).unwrap();
        assert!(!step(&connection, day).unwrap(), "once a day");
        while step(&connection, Timestamp(2 * INTERVAL_MS)).unwrap() {}
        let state: i64 = connection.query_row("SELECT state FROM upkeep", [], |row| row.get(0)).unwrap();
        assert_eq!(state, 0, "and again the day after");
    }
}

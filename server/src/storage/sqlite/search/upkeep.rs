//! Removes the words of deleted messages, and of what edited ones said before. FTS5 only marks a row as deleted, and drops its
//! words when it next joins the parts of its index that have them. So all parts are joined into one, a step at a time, while
//! there is nothing to index.

use confab_shared::id::Timestamp;
use rusqlite::{Connection, params};

/// How often all parts are joined, at most, in milliseconds: that writes the whole index.
const INTERVAL_MS: u64 = 24 * 60 * 60 * 1_000;

/// How many pages of the index a step writes, about.
const PAGES: i64 = 256;

/// Whether words are being removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Upkeep {
    /// They are not.
    #[default]
    Resting,
    /// Parts are being joined.
    Joining,
}

/// Notes that words have to be removed.
pub(super) fn note_removed(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE upkeep SET has_removed = 1 WHERE NOT has_removed")?.execute([])?;
    Ok(())
}

impl Upkeep {
    /// Does a step, where it is time to, and answers whether there may be more to do.
    pub(super) fn step(&mut self, connection: &Connection, now: Timestamp) -> rusqlite::Result<bool> {
        let written = || connection.query_row("SELECT total_changes()", [], |row| row.get::<_, i64>(0));
        let pages = match self {
            Self::Joining => PAGES,
            Self::Resting => {
                let is_due: bool = connection
                    .prepare_cached("SELECT has_removed AND at <= ?1 FROM upkeep")?
                    .query_row([now.0.saturating_sub(INTERVAL_MS)], |row| row.get(0))?;
                if !is_due {
                    return Ok(false);
                }
                // What is removed from here on is for the next time.
                let begun = "UPDATE upkeep SET has_removed = 0, at = ?1";
                connection.execute(begun, params![now.0])?;
                *self = Self::Joining;
                // A negative number begins to join all parts.
                -PAGES
            }
        };
        let before = written()?;
        connection.prepare_cached("INSERT INTO term (term, rank) VALUES ('merge', ?1)")?.execute([pages])?;
        // The statement itself counts as one change.
        if written()? - before < 2 {
            *self = Self::Resting;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            return Ok(false);
        }
        Ok(true)
    }
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
        let mut upkeep = Upkeep::default();
        let day = Timestamp(INTERVAL_MS);
        while upkeep.step(&connection, day).unwrap() {}
        assert!(!has("secretword") && has("keptword"));
        assert!(!upkeep.step(&connection, day).unwrap(), "nothing is left to do");
        note_removed(&connection).unwrap();
        assert!(!upkeep.step(&connection, day).unwrap(), "once a day");
        while upkeep.step(&connection, Timestamp(2 * INTERVAL_MS)).unwrap() {}
        let is_left: bool =
            connection.query_row("SELECT has_removed FROM upkeep", [], |row| row.get(0)).unwrap();
        assert!(!is_left, "and again the day after");
    }
}

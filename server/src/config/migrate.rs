//! The flags of `confab migrate`.

use std::{fmt, path::PathBuf};

use clap::Args;
use url::Url;

use crate::blobs::BLOBS_FOLDER;

/// From where and to where everything is moved.
#[derive(Clone, Debug, Args)]
pub struct MigrateCommand {
    /// What to move: a data folder, or a database (`postgres://...`). No server may use it meanwhile
    #[arg(long, env = "CONFAB_MIGRATE_FROM", value_name = "FOLDER|URL", value_parser = Place::parse, hide_env_values = true)]
    pub from: Place,

    /// Where to: an empty folder, or an empty database. Where it was interrupted, the same command goes on
    #[arg(long, env = "CONFAB_MIGRATE_TO", value_name = "FOLDER|URL", value_parser = Place::parse, hide_env_values = true)]
    pub to: Place,

    /// Where the files of messages are [default: `blobs` in the folder of `--from`]
    #[arg(long, value_name = "FOLDER|URL")]
    pub blobs_from: Option<String>,

    /// Where they are to be copied: a folder, or a bucket (`s3://...`) [default: `blobs` in the folder of `--to`]
    #[arg(long, value_name = "FOLDER|URL")]
    pub blobs_to: Option<String>,
}

impl MigrateCommand {
    /// From where and to where the files of messages are copied; none where they stay where they are.
    pub fn blobs(&self) -> Option<(String, String)> {
        let default = |place: &Place| match place {
            Place::Folder(folder) => Some(folder.join(BLOBS_FOLDER).display().to_string()),
            Place::Postgres(_) => None,
        };
        let from = self.blobs_from.clone().or_else(|| default(&self.from))?;
        let to = self.blobs_to.clone().or_else(|| default(&self.to))?;
        (from != to).then_some((from, to))
    }
}

/// Where a storage is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A data folder.
    Folder(PathBuf),
    /// A Postgres database.
    Postgres(String),
}

impl Place {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            None if text.is_empty() => Err("expected a folder or postgres://...".to_owned()),
            None => Ok(Self::Folder(text.into())),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(text.to_owned())),
            Some((scheme, _)) => Err(format!("expected a folder or postgres://..., not {scheme}://...")),
        }
    }
}

/// Without the password of a database.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Postgres(text) => match Url::parse(text) {
                Ok(url) => write!(f, "postgres://{}{}", url.host_str().unwrap_or_default(), url.path()),
                Err(_) => f.write_str("the database"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn place_is_a_folder_or_a_database() {
        assert_eq!(Place::parse("./data"), Ok(Place::Folder("./data".into())));
        for url in ["postgres://u:p@db/x", "postgresql:///x"] {
            assert_eq!(Place::parse(url), Ok(Place::Postgres(url.to_owned())));
        }
        for wrong in ["", "mysql://db/x"] {
            assert!(Place::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn place_is_shown_without_its_password() {
        let shown =
            Place::parse("postgres://mei:secret@db.example/chat?password=secret").unwrap().to_string();
        assert_eq!(shown, "postgres://db.example/chat");
    }
}

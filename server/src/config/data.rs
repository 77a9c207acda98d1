//! The flags of `backup`, `restore` and `check`.

use std::path::PathBuf;

use clap::Args;

/// What is to be done with the data.
#[derive(Clone, Debug)]
pub enum DataCommand {
    /// To copy a data folder's database, verified.
    Backup(BackupCommand),
    /// To make a data folder of a copy.
    Restore(RestoreCommand),
    /// To look for faults.
    Check(CheckCommand),
}

/// The flags of `backup`.
#[derive(Clone, Debug, Args)]
pub struct BackupCommand {
    /// The file to make, or a folder, in which the file is named after the time
    #[arg(value_name = "TO")]
    pub to: PathBuf,

    /// The folder that keeps everything
    #[arg(long, env = "CONFAB_DATA", value_name = "FOLDER", default_value = "./confab-data")]
    pub data: PathBuf,

    /// Where the files of messages are: a folder or a bucket (`s3://...`) [default: `blobs` in the data folder]
    #[arg(long, env = "CONFAB_BLOBS", value_name = "FOLDER|URL")]
    pub blobs: Option<String>,
}

/// The flags of `restore`.
#[derive(Clone, Debug, Args)]
pub struct RestoreCommand {
    /// The backup
    #[arg(value_name = "FROM")]
    pub from: PathBuf,

    /// The folder to restore into: one that is empty or missing
    #[arg(long, env = "CONFAB_DATA", value_name = "FOLDER", default_value = "./confab-data")]
    pub data: PathBuf,

    /// Where the files of messages are: a folder or a bucket (`s3://...`) [default: `blobs` in the data folder]
    #[arg(long, env = "CONFAB_BLOBS", value_name = "FOLDER|URL")]
    pub blobs: Option<String>,
}

/// The flags of `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckCommand {
    /// A backup to check, instead of the data folder
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// The folder that keeps everything
    #[arg(long, env = "CONFAB_DATA", value_name = "FOLDER", default_value = "./confab-data")]
    pub data: PathBuf,

    /// Where the files of messages are: a folder or a bucket (`s3://...`) [default: `blobs` in the data folder]
    #[arg(long, env = "CONFAB_BLOBS", value_name = "FOLDER|URL")]
    pub blobs: Option<String>,
}

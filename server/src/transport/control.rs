//! The socket `confab.sock` in the data folder, by which the command line reaches a server that runs: one line of JSON asks,
//! one answers. Only the user that the server runs as may open it.

use std::{
    fs::Permissions,
    io::{self, ErrorKind},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::service::{
    Service,
    operator::{OperatorAnswer, OperatorRequest},
};

/// The socket's name in the data folder.
const FILE_NAME: &str = "confab.sock";

/// The longest request, in bytes.
const MAX_REQUEST_BYTES: u64 = 64 * 1024;

/// How long a request may take to arrive.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// What a request is answered with: an answer, or a sentence.
type Answer = Result<OperatorAnswer, String>;

/// Opens the socket in the data folder. A server that was killed may have left its own, which nobody listens to any more.
///
/// # Errors
/// The system's: for example that the folder's path is too long for a socket.
pub fn listen(folder: &Path) -> io::Result<UnixListener> {
    let path = folder.join(FILE_NAME);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // The folder is private already; so that its files say so, too.
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers requests, one after the other, until `stop`. Then the socket is removed.
pub async fn serve(listener: UnixListener, folder: &Path, service: Service, stop: CancellationToken) {
    let answer_one = async || {
        let (stream, _) = listener.accept().await?;
        answer(stream, &service).await
    };
    loop {
        let answered = tokio::select! {
            answered = answer_one() => answered,
            () = stop.cancelled() => break,
        };
        if let Err(error) = answered {
            tracing::debug!(%error, "failed to answer the command line");
        }
    }
    // A file that cannot be removed is replaced by the next start.
    let _ = std::fs::remove_file(folder.join(FILE_NAME));
}

async fn answer(mut stream: UnixStream, service: &Service) -> io::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(MAX_REQUEST_BYTES));
    timeout(REQUEST_TIMEOUT, read.read_line(&mut line)).await.map_err(|_| ErrorKind::TimedOut)??;
    let answer: Answer = match serde_json::from_str::<OperatorRequest>(&line) {
        Ok(request) => service.operate(request).await.map_err(|error| error.message),
        Err(error) => Err(format!("this is not a request of this version: {error}")),
    };
    let mut line = serde_json::to_vec(&answer)?;
    line.push(b'\n');
    write.write_all(&line).await
}

/// Asks the server that runs on a data folder; none where there is none.
///
/// # Errors
/// The system's.
pub async fn ask(folder: &Path, request: &OperatorRequest) -> io::Result<Option<Answer>> {
    let mut stream = match UnixStream::connect(folder.join(FILE_NAME)).await {
        Ok(stream) => stream,
        // No server has run there, or one was killed.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(Some(serde_json::from_slice(&answer)?))
}

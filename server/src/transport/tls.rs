//! TLS that the server terminates itself: HTTPS with a certificate from files, which is read again when they change.

pub mod certificate;
mod handshakes;

use std::{
    io,
    net::{IpAddr, Shutdown},
    sync::Arc,
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    net::TcpStream,
    signal::unix::{SignalKind, signal},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring},
};
use tokio_util::sync::CancellationToken;

use self::{
    certificate::{Certificate, CertificateError, CertificateFiles},
    handshakes::Handshakes,
};
use super::stream::Stream;
use crate::{service::Service, throttle::Throttle};

/// How long a client may take for the handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How often the certificate's files are checked for changes.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// How long a client that spoke plain HTTP may take to read the answer.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(2);

/// The answer to plain HTTP. Its end is the end of the connection.
const PLAIN_HTTP_REFUSAL: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
    connection: close\r\n\r\nThis port speaks HTTPS only: begin the address with https://\n";

/// A certificate and its key, ready for use.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    certificate: Arc<Certificate>,
}

/// Accepts TLS connections, as many as each network may begin.
#[derive(Clone)]
pub struct LimitedTls {
    tls: Tls,
    handshakes: Arc<Handshakes>,
}

impl LimitedTls {
    /// The handshake of a connection. None where it fails, takes longer than [`HANDSHAKE_TIMEOUT`], or does not begin since
    /// the client's network is at a limit. The client is none where a trusted proxy connects, for many.
    pub async fn accept(&self, socket: TcpStream, client: Option<IpAddr>) -> Option<Stream> {
        let _unfinished = match client {
            Some(client) => Some(self.handshakes.begin(client)?),
            None => None,
        };
        if let Ok(stream) = timeout(HANDSHAKE_TIMEOUT, self.tls.handshake(socket)).await {
            return stream;
        }
        tracing::debug!("closed a connection: its TLS handshake took too long");
        None
    }
}

impl Tls {
    /// TLS 1.2 and 1.3 with a certificate and its key.
    ///
    /// # Errors
    /// Where a file cannot be read, or the key is not that of the certificate.
    pub fn from_files(files: CertificateFiles) -> Result<Self, CertificateError> {
        let provider = Arc::new(ring::default_provider());
        let certificate = Arc::new(Certificate::read(files, &provider)?);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(CertificateError::Refused)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate) as _);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
    }

    /// Reads the certificate again when its files change, and on SIGHUP, until `stop`. Only new handshakes use it.
    ///
    /// # Errors
    /// Where the signal handler cannot be installed.
    pub fn reload_on_change(&self, stop: CancellationToken) -> io::Result<()> {
        let mut hangup = signal(SignalKind::hangup())?;
        let certificate = Arc::clone(&self.certificate);
        tokio::spawn(async move {
            let mut checks = interval(CHECK_INTERVAL);
            checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let asked = tokio::select! {
                    _ = checks.tick() => false,
                    _ = hangup.recv() => true,
                    () = stop.cancelled() => return,
                };
                let certificate = Arc::clone(&certificate);
                // A panic in it leaves the certificate as it is.
                let _ = tokio::task::spawn_blocking(move || certificate.reload(asked)).await;
            }
        });
        Ok(())
    }

    /// Accepts connections with it, under the limits of a service.
    pub fn limited(self, service: Service) -> LimitedTls {
        LimitedTls { tls: self, handshakes: Handshakes::new(service) }
    }

    async fn handshake(&self, socket: TcpStream) -> Option<Stream> {
        let mut first = [0];
        match socket.peek(&mut first).await {
            // No record of TLS begins with a letter, and every request of HTTP does.
            Ok(1) if first[0].is_ascii_uppercase() => {
                log_plain_http();
                refuse_plain_http(socket).await;
                return None;
            }
            Ok(1) => {}
            Ok(_) => return None,
            Err(error) => {
                tracing::debug!(%error, "failed to read from a connection");
                return None;
            }
        }
        match self.acceptor.accept(socket).await {
            Ok(stream) => Some(Stream::tls(stream)),
            Err(error) => {
                tracing::debug!(%error, "failed the TLS handshake of a connection");
                None
            }
        }
    }
}

fn log_plain_http() {
    static THROTTLE: Throttle = Throttle::new();
    if let Some(suppressed) = THROTTLE.pass() {
        tracing::warn!(
            %suppressed,
            "refused a connection that speaks plain HTTP: with `--tls-cert`, the addresses of this server begin with \
             https://. Where a reverse proxy forwards to this server, it has to forward to https://, or terminate TLS \
             alone (without `--tls-cert`)"
        );
    }
}

/// Answers plain HTTP, and waits for the client to close: closing first, with its request unread, would reset the
/// connection, and the answer could be lost.
async fn refuse_plain_http(socket: TcpStream) {
    let answer = async {
        // The send buffer of a new connection has room for it.
        socket.writable().await?;
        socket.try_write(PLAIN_HTTP_REFUSAL)?;
        SockRef::from(&socket).shutdown(Shutdown::Write)?;
        let mut unread = [0; 1024];
        loop {
            socket.readable().await?;
            match socket.try_read(&mut unread) {
                Ok(0) => return io::Result::Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    };
    let _ = timeout(REFUSAL_TIMEOUT, answer).await;
}

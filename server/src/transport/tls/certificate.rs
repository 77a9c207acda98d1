//! The certificate that handshakes use, from two PEM files.

use std::{
    fs::metadata,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use tokio_rustls::rustls::{
    self,
    crypto::CryptoProvider,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

/// The files of a certificate for HTTPS, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, and the chain behind it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read, or is not PEM of what it has to be.
    #[error("failed to read the {what} {}: {reason}", path.display())]
    Unreadable {
        /// What is in the file.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        reason: pem::Error,
    },
    /// The pair cannot be used, such as a key that is not that of the certificate.
    #[error("failed to use the certificate with its key: {0}")]
    Refused(rustls::Error),
}

/// The certificate in use. It stays in use until its files are replaced by a pair that can be used.
#[derive(Debug)]
pub struct Certificate {
    files: CertificateFiles,
    provider: Arc<CryptoProvider>,
    in_use: RwLock<Arc<CertifiedKey>>,
    /// The versions of the files that were read last.
    seen: Mutex<Versions>,
}

/// The versions of the certificate's and of the key's file.
type Versions = [Option<Version>; 2];

/// What changes when a file is written, replaced, or made readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    inode: u64,
    bytes: u64,
    changed_at: (i64, i64),
}

impl Certificate {
    /// Reads a certificate and its key.
    ///
    /// # Errors
    /// Where a file cannot be read, or the key is not that of the certificate.
    pub fn read(files: CertificateFiles, provider: &Arc<CryptoProvider>) -> Result<Self, CertificateError> {
        // Before they are read: a change meanwhile is found by the next check.
        let seen = Mutex::new(versions(&files));
        let in_use = RwLock::new(Arc::new(read_pair(&files, provider)?));
        Ok(Self { files, provider: Arc::clone(provider), in_use, seen })
    }

    /// Reads the files again where they changed, or in any case where it was asked for. A pair that cannot be used is
    /// logged, and the one in use stays.
    pub fn reload(&self, asked: bool) {
        let versions = versions(&self.files);
        let changed = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *seen, versions) != versions
        };
        if !changed && !asked {
            return;
        }
        match read_pair(&self.files, &self.provider) {
            Ok(pair) => {
                *self.in_use.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
                tracing::info!("loaded the TLS certificate again");
            }
            Err(error) => tracing::warn!(%error, "kept the TLS certificate: its files cannot be used"),
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.in_use.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn read_pair(files: &CertificateFiles, provider: &CryptoProvider) -> Result<CertifiedKey, CertificateError> {
    let unreadable = |what, path: &Path| {
        let path = path.to_owned();
        move |reason| CertificateError::Unreadable { what, path, reason }
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(|sections| sections.collect::<Result<Vec<_>, _>>())
        .and_then(|chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) })
        .map_err(unreadable("certificate", &files.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unreadable("private key", &files.key))?;
    CertifiedKey::from_der(chain, key, provider).map_err(CertificateError::Refused)
}

fn versions(files: &CertificateFiles) -> Versions {
    [version(&files.certificate), version(&files.key)]
}

/// The version of a file; none where there is no such file.
fn version(path: &Path) -> Option<Version> {
    let file = metadata(path).ok()?;
    Some(Version { inode: file.ino(), bytes: file.size(), changed_at: (file.ctime(), file.ctime_nsec()) })
}

//! The provider of cryptography for clients that ask the process for one.

use tokio_rustls::rustls::crypto::ring;

/// Makes ring the provider of this process, where there is none.
pub fn install() {
    // Where there is one already, it stays.
    let _ = ring::default_provider().install_default();
}

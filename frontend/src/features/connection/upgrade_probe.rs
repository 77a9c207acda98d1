//! Finds out why the socket does not open although the server can be reached: a reverse proxy may drop the upgrade
//! headers, or replace the host name. Browsers give a page no reason, so it asks over HTTP.

use confab_shared::error::ErrorCode;
use leptos::{prelude::*, task::spawn_local};

use crate::platform::api;

/// Why the server refuses the WebSocket upgrade.
#[derive(Clone, Copy)]
pub(crate) struct UpgradeProbe {
    confirmed: RwSignal<Option<ErrorCode>>,
    /// The server's answer over HTTP since the last attempt failed.
    suspected: RwSignal<Option<ErrorCode>>,
}

impl UpgradeProbe {
    /// Provides the probe to the views; no refusal is known yet.
    pub(crate) fn provide() -> Self {
        let probe = Self { confirmed: RwSignal::new(None), suspected: RwSignal::new(None) };
        provide_context(probe);
        probe
    }

    /// The refusal, once it is confirmed.
    pub(crate) fn refusal(self) -> Option<ErrorCode> {
        self.confirmed.get()
    }

    /// The socket opened.
    pub(super) fn opened(self) {
        self.suspected.set(None);
        self.confirmed.set(None);
    }

    /// An attempt failed. A refusal counts only if the server gave it before the attempt began: a server that restarts may
    /// answer over HTTP right after the attempt.
    pub(super) fn failed(self) {
        self.confirmed.set(self.suspected.get_untracked());
        self.suspected.set(None);
        spawn_local(async move {
            let refusal = api::get_upgrade_refusal().await;
            self.suspected.try_set(refusal);
        });
    }
}

//! What keeps the socket from opening although the server can be reached: a reverse proxy that drops the upgrade, or
//! hides the name that the page has.

use confab_shared::error::ErrorCode;
use leptos::{prelude::*, task::spawn_local};

use crate::api;

/// The server's refusal of the socket, once that is certain.
#[derive(Clone, Copy)]
pub(crate) struct Obstacle {
    certain: RwSignal<Option<ErrorCode>>,
    /// What the server said over HTTP since the last attempt failed.
    suspected: RwSignal<Option<ErrorCode>>,
}

impl Obstacle {
    /// None is known yet.
    pub(crate) fn provide() -> Self {
        let obstacle = Self { certain: RwSignal::new(None), suspected: RwSignal::new(None) };
        provide_context(obstacle);
        obstacle
    }

    /// The refusal that is worth telling a person about.
    pub(crate) fn get(self) -> Option<ErrorCode> {
        self.certain.get()
    }

    /// The socket opened.
    pub(super) fn opened(self) {
        self.suspected.set(None);
        self.certain.set(None);
    }

    /// An attempt failed. It is the obstacle's fault only where the server answered over HTTP before the attempt began:
    /// a server that is being restarted may answer right after it.
    pub(super) fn failed(self) {
        self.certain.set(self.suspected.get_untracked());
        self.suspected.set(None);
        spawn_local(async move {
            let refusal = api::socket_refusal().await;
            self.suspected.try_set(refusal);
        });
    }
}

//! Previews of links: fetched after a message is on disk, beside everything else, and then shown with it.

use std::sync::Arc;

use confab_shared::{
    api::Settings,
    attachment::{Attachment, AttachmentKind},
    id::UserId,
    markdown,
    preview::{MAX_PREVIEWS, Preview},
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::Service;
use crate::{
    clock,
    domain::{
        command::{Command, ShowPreviews},
        linked_message::LinkedMessage,
    },
    link_preview::{Cache, FetchError, Fetcher, Page},
    media::{MediaPool, Source, Thumbnail},
    metrics::METRICS,
};

/// The messages that wait for their links to be looked at. Further ones get no previews.
pub const MAX_WAITING: usize = 256;

/// The messages whose links are fetched at a time.
const MAX_MESSAGES: usize = 4;

/// The name of the pictures of previews.
const PICTURE_NAME: &str = "preview";

/// The shortest side of a picture that is shown, in pixels: smaller ones count visitors.
const MIN_SIDE: u32 = 16;

/// A page and its picture.
#[derive(Debug)]
struct Fetched {
    page: Page,
    picture: Option<Thumbnail>,
}

/// Fetches the previews of links and shows them.
pub struct LinkPreviews {
    service: Service,
    fetcher: Fetcher,
    media: MediaPool,
    cache: Cache<Arc<Fetched>>,
}

impl LinkPreviews {
    /// Shows previews with the messages of a service.
    pub fn new(service: Service, fetcher: Fetcher, media: MediaPool) -> Self {
        Self { service, fetcher, media, cache: Cache::default() }
    }

    /// Looks at messages until the server stops: what is under way then is given up.
    pub async fn run(self, mut messages: mpsc::Receiver<LinkedMessage>, stop: CancellationToken) {
        let this = Arc::new(self);
        let permits = Arc::new(Semaphore::new(MAX_MESSAGES));
        // Dropping it ends its tasks.
        let mut tasks = JoinSet::new();
        loop {
            let next = async {
                let permit = Arc::clone(&permits).acquire_owned().await.ok()?;
                Some((permit, messages.recv().await?))
            };
            let (permit, message) = tokio::select! {
                () = stop.cancelled() => return,
                next = next => match next {
                    Some(next) => next,
                    None => return,
                },
            };
            while tasks.try_join_next().is_some() {}
            let this = Arc::clone(&this);
            tasks.spawn(async move {
                this.look_at(message).await;
                drop(permit);
            });
        }
    }

    async fn look_at(&self, message: LinkedMessage) {
        if !self.service.shows_link_previews().await {
            return;
        }
        let mut previews = Vec::new();
        for url in self.new_links(&message).await {
            if let Some(fetched) = self.fetched(&url).await {
                previews.push(self.preview(&message, url, &fetched).await);
            }
        }
        if previews.is_empty() {
            return;
        }
        let LinkedMessage { author, conversation, message: target, .. } = message;
        let owner = author.id;
        let pictures: Vec<_> =
            previews.iter().filter_map(|preview| Some(preview.image.as_ref()?.id)).collect();
        let body = ShowPreviews::new(conversation, target, previews).into();
        let command = Command { actor: author, client_id: None, at: clock::now(), body };
        if let Err(error) = self.service.carry_out(command).await {
            // It was deleted, or its author has left.
            tracing::debug!(%error, "failed to show the previews of a message");
        }
        for picture in pictures {
            // Those that the message has now stay.
            if let Err(error) = self.service.storage().discard(owner, picture).await {
                tracing::debug!(%error, "failed to discard the picture of a preview: it goes within a week");
            }
        }
    }

    async fn preview(&self, message: &LinkedMessage, url: String, fetched: &Fetched) -> Preview {
        let Page { title, description, site, .. } = fetched.page.clone();
        let image = match &fetched.picture {
            Some(picture) => self.keep(message.author.id, picture).await,
            None => None,
        };
        Preview { url, title, description, site, image }
    }

    /// Stores a picture as an attachment of a message's author. Without it the preview is shown all the same.
    async fn keep(&self, owner: UserId, picture: &Thumbnail) -> Option<Attachment> {
        let bytes = picture.bytes.clone().into();
        let kept = self.service.keep_file(owner, PICTURE_NAME, picture.mime, bytes).await;
        let kept = kept.inspect_err(|error| {
            tracing::warn!(%error, "failed to store the picture of a preview");
        });
        kept.ok().filter(|kept| kept.kind() == AttachmentKind::Picture)
    }

    /// The links of a message that were not in it before: those that were have a preview, or none on purpose.
    async fn new_links(&self, message: &LinkedMessage) -> Vec<String> {
        let mut links = markdown::links(message.text.as_str());
        links.retain(|link| link.len() <= Preview::MAX_URL_BYTES);
        links.truncate(MAX_PREVIEWS);
        if message.is_edited && !links.is_empty() {
            match self.service.revisions(&message.author, message.conversation, message.message).await {
                Ok(earlier) => {
                    let earlier = earlier.revisions.iter();
                    let earlier: Vec<_> =
                        earlier.flat_map(|one| markdown::links(one.text.as_str())).collect();
                    links.retain(|link| !earlier.contains(link));
                }
                Err(_) => links.clear(),
            }
        }
        links
    }

    /// What a page says of itself, and its picture; none where it says nothing or cannot be fetched.
    async fn fetched(&self, url: &str) -> Option<Arc<Fetched>> {
        if let Some(known) = self.cache.get(url) {
            return known;
        }
        let fetched = self.fetch(url).await.inspect_err(|error| {
            // Not its address: what people link to is theirs.
            tracing::debug!(%error, "failed to fetch the preview of a link");
        });
        match &fetched {
            Ok(_) => METRICS.link_previews_fetched.inc(),
            Err(_) => METRICS.link_previews_failed.inc(),
        };
        let fetched = fetched.ok().map(Arc::new);
        self.cache.put(url, fetched.clone());
        fetched
    }

    async fn fetch(&self, url: &str) -> Result<Fetched, FetchError> {
        let page = self.fetcher.page(url).await?;
        let picture = match &page.picture {
            Some(picture) => self.picture(picture).await,
            None => None,
        };
        Ok(Fetched { page, picture })
    }

    /// A small picture, without metadata. One that nobody could make out is none.
    async fn picture(&self, url: &Url) -> Option<Thumbnail> {
        let bytes = self.fetcher.picture(url).await.ok()?;
        let processed = self.media.process(Source::Bytes(bytes.clone()), "").await.ok()?;
        let (width, height) = processed.width.zip(processed.height)?;
        if width.min(height) < MIN_SIDE {
            return None;
        }
        let whole = || {
            let bytes = processed.stripped.clone().unwrap_or_else(|| bytes.to_vec());
            Thumbnail { mime: processed.mime, width, height, bytes }
        };
        Some(processed.small.clone().unwrap_or_else(whole))
    }
}

impl Service {
    /// Whether previews are fetched: the owner may have turned that off.
    async fn shows_link_previews(&self) -> bool {
        // Where that cannot be read, nothing is fetched.
        let Ok(settings) = self.storage().settings().await else { return false };
        self.with_link_previews(settings).link_previews == Some(true)
    }

    /// Settings as their owner sees them: where nothing was decided previews are on, and there is nothing to decide where the
    /// server was started without.
    pub(super) fn with_link_previews(&self, settings: Settings) -> Settings {
        let shown = settings.link_previews.unwrap_or(true);
        Settings { link_previews: self.options().link_previews.then_some(shown), ..settings }
    }
}

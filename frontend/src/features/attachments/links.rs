//! Links to the bytes of attachments, as the server gives them to this session for some time. Those that views want at the
//! same time are asked for together.

use std::{collections::HashMap, time::Duration};

use confab_shared::{
    api::{AttachmentLink, MAX_LINKS_PER_REQUEST},
    id::AttachmentId,
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    platform::{api::attachments::get_links, clock},
    session::{SessionSignal, use_session},
    ui::reactive::{Debounce, effect, memo},
};

/// How long wishes gather.
const GATHER: Duration = Duration::from_millis(20);

/// How long after a failure is asked again.
const AGAIN: Duration = Duration::from_secs(3);

/// A link that ends so soon is asked for anew, in milliseconds.
const MIN_LIFE_MS: u64 = 5 * 60 * 1000;

/// A link is asked for anew no sooner than this, in milliseconds.
const MIN_RENEWAL_MS: u64 = 30 * 1000;

/// What is known of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Known {
    Asked,
    /// The user may not see it, or it is gone.
    None,
    Link(Link),
}

/// A link, and when it came, by this client's clock in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    link: Box<AttachmentLink>,
    at: u64,
}

impl Link {
    /// When it ends.
    fn until(&self) -> u64 {
        self.at + self.link.expires_in * 1000
    }
}

/// The links of a signed-in user. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Links {
    session: SessionSignal,
    known: RwSignal<HashMap<AttachmentId, Known>>,
    wanted: StoredValue<Vec<AttachmentId>>,
    /// When links were asked for anew.
    renewed: StoredValue<HashMap<AttachmentId, u64>>,
    fetch: Debounce,
}

impl Links {
    /// Provides them to the views below.
    pub(super) fn provide() {
        provide_context(Self {
            session: use_session(),
            known: RwSignal::new(HashMap::new()),
            wanted: StoredValue::new(Vec::new()),
            renewed: StoredValue::new(HashMap::new()),
            fetch: Debounce::new(),
        });
    }

    /// What was provided above.
    pub(crate) fn get() -> Self {
        expect_context()
    }

    /// The link of an attachment, which is asked for where it is not known; none until then. It stays the same until it leads
    /// nowhere: with another one, what shows or plays it would begin anew.
    pub(crate) fn of(self, id: AttachmentId) -> Memo<Option<AttachmentLink>> {
        self.want_fresh(id);
        let steady = Memo::new(move |before: Option<&Option<Link>>| {
            let is_good = |link: &&Link| {
                let renewed = self.renewed.with_value(|renewed| renewed.get(&id).copied());
                renewed.is_none_or(|renewed| renewed < link.at)
            };
            let newest = self.newest(id)?;
            Some(before.and_then(Option::as_ref).filter(is_good).cloned().unwrap_or(newest))
        });
        memo(move || steady.with(|link| link.as_ref().map(|link| (*link.link).clone())))
    }

    /// The address for a download. It is asked for anew before it ends, for as long as the reactive owner lives.
    pub(super) fn download(self, id: AttachmentId) -> Memo<Option<String>> {
        self.want_fresh(id);
        let newest = memo(move || self.newest(id));
        let renewal = Debounce::new();
        effect(move || {
            if let Some(until) = newest.with(|link| link.as_ref().map(Link::until)) {
                let left = until.saturating_sub(clock::now().0 + MIN_LIFE_MS).max(MIN_RENEWAL_MS);
                renewal.schedule(Duration::from_millis(left), move || self.want(id));
            }
        });
        on_cleanup(move || renewal.cancel());
        memo(move || newest.with(|link| link.as_ref().map(|link| link.link.url.clone())))
    }

    fn want_fresh(self, id: AttachmentId) {
        let now = clock::now().0;
        let is_fresh = |known: &Known| match known {
            Known::Link(link) => link.until() > now + MIN_LIFE_MS,
            Known::Asked => true,
            Known::None => false,
        };
        if !self.known.with_untracked(|known| known.get(&id).is_some_and(is_fresh)) {
            self.want(id);
        }
    }

    fn newest(self, id: AttachmentId) -> Option<Link> {
        self.known.with(|known| match known.get(&id)? {
            Known::Link(link) => Some(link.clone()),
            Known::Asked | Known::None => None,
        })
    }

    /// Whether there is none for this user.
    pub(super) fn is_missing(self, id: AttachmentId) -> bool {
        self.known.with(|known| known.get(&id) == Some(&Known::None))
    }

    /// Asks anew, since a link did not lead anywhere: it has ended. A new one that leads nowhere, either, is of something that
    /// is not there.
    pub(crate) fn renew(self, id: AttachmentId) {
        let now = clock::now().0;
        let before = self.renewed.try_with_value(|renewed| renewed.get(&id).copied()).flatten();
        let at = untrack(|| self.newest(id)).map(|link| link.at);
        if before.is_some_and(|before| at.is_none_or(|at| at <= before)) {
            // Another view of it has asked already.
            return;
        }
        self.renewed.try_update_value(|renewed| renewed.insert(id, now));
        match before.is_some_and(|before| now < before + MIN_LIFE_MS) {
            true => drop(self.known.try_update(|known| known.insert(id, Known::None))),
            false => self.want(id),
        }
    }

    fn want(self, id: AttachmentId) {
        self.known.update(|known| {
            known.entry(id).or_insert(Known::Asked);
        });
        self.wanted.update_value(|wanted| wanted.push(id));
        self.fetch.schedule(GATHER, move || self.ask());
    }

    fn ask(self) {
        let mut wanted = self.wanted.try_update_value(std::mem::take).unwrap_or_default();
        wanted.sort_unstable();
        wanted.dedup();
        for ids in wanted.chunks(MAX_LINKS_PER_REQUEST) {
            let (token, ids) = (self.session.token(), ids.to_vec());
            spawn_local(async move {
                match get_links(&token, ids.clone()).await {
                    Ok(answer) => self.take(&ids, answer.links),
                    Err(_) => {
                        self.wanted.try_update_value(|wanted| wanted.extend(ids));
                        self.fetch.schedule(AGAIN, move || self.ask());
                    }
                }
            });
        }
    }

    fn take(self, asked: &[AttachmentId], links: Vec<AttachmentLink>) {
        let at = clock::now().0;
        self.known.try_update(|known| {
            for id in asked {
                known.insert(*id, Known::None);
            }
            for link in links {
                known.insert(link.id, Known::Link(Link { link: Box::new(link), at }));
            }
        });
    }
}

/// A still picture that is large enough. Of what moves there is a small one only.
pub(crate) fn still(link: &AttachmentLink, large: bool) -> String {
    let AttachmentLink { url, thumbnail, preview, .. } = link;
    let still = match (large, thumbnail, preview) {
        (false, Some(small), _) | (true, _, Some(small)) => small,
        _ => url,
    };
    still.clone()
}

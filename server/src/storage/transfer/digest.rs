//! Whether two storages have the same: a SHA-256 over the records of each section, and over the events of each conversation.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use confab_shared::id::ConversationId;
use sha2::{Digest as _, Sha256};

use super::{Export, Record, Section, Step};

/// Records that were counted and hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// How many there are.
    pub count: u64,
    /// SHA-256 over the JSON of each, a line each.
    pub hash: [u8; 32],
}

/// The digests of a storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    /// By section.
    pub sections: BTreeMap<Section, Digest>,
    /// The events of each conversation that has any.
    pub conversations: BTreeMap<ConversationId, Digest>,
}

/// Reads everything on both sides, side by side.
///
/// # Errors
/// Where a side cannot be read, and where they differ: the error names the section, and the first conversation whose events
/// differ.
pub async fn compare(
    source: &dyn Export,
    target: &dyn Export,
    page: usize,
    report: &mut (dyn FnMut(Step) + Send),
) -> anyhow::Result<Digests> {
    let (mut from, mut to) = (Digests::default(), Digests::default());
    for section in Section::ALL {
        let total = source.count(section).await.context("failed to read the source")?;
        let mut done = |count| report(Step::Compared(section, count, total));
        from.add(source, section, page, &mut done).await.context("failed to read the source again")?;
        to.add(target, section, page, &mut |_| ()).await.context("failed to read the target again")?;
        differing_conversation(&from, &to)?;
        let (source, target) = (from.sections.get(&section), to.sections.get(&section));
        if source != target {
            let count = |digest: Option<&Digest>| digest.map_or(0, |digest| digest.count);
            bail!(
                "the {section} differ: the source has {}, the target {}. Nothing uses the target yet: empty it and begin again",
                count(source),
                count(target)
            );
        }
    }
    Ok(from)
}

fn differing_conversation(from: &Digests, to: &Digests) -> anyhow::Result<()> {
    let differs = from.conversations.iter().find(|(id, digest)| to.conversations.get(id) != Some(digest));
    if let Some((id, digest)) = differs {
        let there = to.conversations.get(id).map_or(0, |digest| digest.count);
        bail!(
            "the events of conversation {} differ: the source has {}, the target {there}",
            id.0,
            digest.count
        );
    }
    Ok(())
}

impl Digests {
    /// Adds a section of a storage.
    async fn add(
        &mut self,
        storage: &dyn Export,
        section: Section,
        limit: usize,
        done: &mut (dyn FnMut(u64) + Send),
    ) -> anyhow::Result<()> {
        let mut whole = Hasher::default();
        let mut conversation: Option<(ConversationId, Hasher)> = None;
        let mut after = None;
        loop {
            let page = storage.page(section, after.as_ref(), limit).await?;
            for record in &page {
                let line = record.encode()?;
                whole.add(&line);
                if let Record::Events(event) = record {
                    let id = event.conversation;
                    if let Some((ended, hasher)) = conversation.take_if(|(begun, _)| *begun != id) {
                        self.conversations.insert(ended, hasher.finish());
                    }
                    conversation.get_or_insert_with(|| (id, Hasher::default())).1.add(&line);
                }
            }
            done(whole.count);
            match page.into_iter().next_back() {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        if let Some((ended, hasher)) = conversation {
            self.conversations.insert(ended, hasher.finish());
        }
        self.sections.insert(section, whole.finish());
        Ok(())
    }
}

#[derive(Default)]
struct Hasher {
    count: u64,
    hash: Sha256,
}

impl Hasher {
    fn add(&mut self, line: &str) {
        self.count += 1;
        self.hash.update(line);
        self.hash.update("\n");
    }

    fn finish(self) -> Digest {
        Digest { count: self.count, hash: self.hash.finalize().into() }
    }
}

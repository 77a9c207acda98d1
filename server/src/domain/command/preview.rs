//! Previews of the pages that a message links to: what the server fetched is shown, and its author may remove it.

use confab_shared::{
    attachment::Attachment,
    event::{EventKind, Previewed},
    id::{AttachmentId, ConversationId, Seq, UserId},
    markdown,
    preview::{MAX_PREVIEWS, Preview, retain_linked},
    user::User,
};

use crate::domain::{
    decision::{Append, Change, CommandContent, Decision, Loaded, MessageNeeds, Needs, PreviewChange},
    earlier::{self, Earlier},
    permission::conversation::Action,
    refusal::Refusal,
};

/// Shows previews with a message, in its author's name. Only the server itself gives it, once it has fetched them.
#[derive(Clone, Debug)]
pub struct ShowPreviews {
    conversation: ConversationId,
    target: Seq,
    previews: Vec<Preview>,
    pictures: Vec<AttachmentId>,
}

impl ShowPreviews {
    /// Shows what was fetched, but for what is of links that the message has no more. Pictures are attachments of the author's
    /// that are in no message yet.
    pub fn new(conversation: ConversationId, target: Seq, previews: Vec<Preview>) -> Self {
        let pictures = pictures(&previews).map(|picture| picture.id).collect();
        Self { conversation, target, previews, pictures }
    }

    /// A preview with its picture as it is stored, if it may have it.
    fn loaded(preview: &Preview, author: UserId, loaded: &Loaded<'_>) -> Preview {
        let stored = preview.image.as_ref().and_then(|picture| {
            let mut own = loaded.attachments.iter().filter(|found| found.owner == author && !found.is_sent);
            own.find(|found| found.attachment.id == picture.id)
        });
        Preview { image: stored.map(|stored| stored.attachment.clone()), ..preview.clone() }
    }
}

/// Removes the preview of a link from one's own message.
#[derive(Clone, Debug)]
pub struct RemovePreview {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub target: Seq,
    /// The link.
    pub url: String,
}

impl CommandContent for ShowPreviews {
    fn needs(&self) -> Needs<'_> {
        let message = MessageNeeds::of(self.target);
        Needs { attachments: &self.pictures, ..Needs::of_message(self.conversation, message) }
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let own = loaded.is_own_message(actor.id);
        loaded.permitted(actor.id, Action::Edit { own })?;
        let message = &loaded.existing_message()?.message;
        let mut previews = message.previews.clone();
        for preview in &self.previews {
            if previews.iter().all(|shown| shown.url != preview.url) {
                previews.push(Self::loaded(preview, actor.id, loaded));
            }
        }
        let text = message.text.as_str();
        retain_linked(&mut previews, text);
        let links = markdown::links(text);
        previews.sort_by_key(|preview| links.iter().position(|link| *link == preview.url));
        previews.truncate(MAX_PREVIEWS);
        Ok(decision(self.target, previews, &message.previews))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.is(EventKind::Previewed, self.conversation, earlier::hash(self.target))
    }

    fn bytes(&self) -> usize {
        self.previews.len() * size_of::<Preview>()
    }
}

impl CommandContent for RemovePreview {
    fn needs(&self) -> Needs<'_> {
        Needs::of_message(self.conversation, MessageNeeds::of(self.target))
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let own = loaded.is_own_message(actor.id);
        loaded.permitted(actor.id, Action::Edit { own })?;
        let message = &loaded.existing_message()?.message;
        let mut previews = message.previews.clone();
        previews.retain(|preview| preview.url != self.url);
        Ok(decision(self.target, previews, &message.previews))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        // The event says what is left, and not what was removed.
        earlier.is(EventKind::Previewed, self.conversation, earlier::hash(self.target))
    }
}

fn decision(target: Seq, previews: Vec<Preview>, shown: &[Preview]) -> Decision {
    if previews == shown {
        return Decision::Unchanged;
    }
    let is_new = |picture: &&Attachment| pictures(shown).all(|before| before.id != picture.id);
    let added = pictures(&previews).filter(is_new).cloned().collect();
    let removed = removed_pictures(shown, &previews);
    let previewed = Previewed { target, previews };
    let change = PreviewChange { previewed: previewed.clone(), added, removed };
    let change = Some(Change::Preview(Box::new(change)));
    Decision::Append(Append { change, ..Append::new(previewed.into()) })
}

fn pictures(previews: &[Preview]) -> impl Iterator<Item = &Attachment> {
    previews.iter().filter_map(|preview| preview.image.as_ref())
}

/// The pictures of previews that are not among those that are left.
pub(super) fn removed_pictures(before: &[Preview], left: &[Preview]) -> Vec<AttachmentId> {
    let is_gone = |picture: &&Attachment| pictures(left).all(|left| left.id != picture.id);
    pictures(before).filter(is_gone).map(|picture| picture.id).collect()
}

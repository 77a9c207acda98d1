//! Attachments, uploads, and which blobs they use.

use confab_shared::{
    attachment::{Attachment, AttachmentKind, FileName},
    id::{AttachmentId, ConversationId, Timestamp},
    message::Message,
    preview::Preview,
    text::MessageText,
    user::User,
};
use uuid::Uuid;

use super::world::{Backend, World, command, delete, edit, leave, preview, show};
use crate::{
    domain::{
        attachment::{BlobHash, Blobs, StorageDecision, StorageLimits, StoredAttachment, Upload},
        command::{Edit, Post, RemovePreview},
        refusal::Refusal,
    },
    storage::{
        EVERYONE,
        attachments::{ClaimOutcome, CopyOutcome},
    },
};

pub(super) const NO_LIMITS: StorageLimits = StorageLimits { bytes: u64::MAX, unsent: u64::MAX };

const NOBODY: AttachmentId = AttachmentId(Uuid::from_u128(999));

pub(super) fn id(number: u128) -> AttachmentId {
    AttachmentId(Uuid::from_u128(number))
}

pub(super) fn hash(number: u8) -> BlobHash {
    BlobHash([number; 32])
}

pub(super) fn upload(owner: &User, number: u128, length: u64, at: u64) -> Upload {
    Upload {
        id: id(number),
        owner: owner.id,
        length,
        name: "notes.txt".to_owned(),
        mime: "text/plain".to_owned(),
        duration: Some(1_500),
        waveform: Some("AAEC".to_owned()),
        created_at: Timestamp(at),
    }
}

pub(super) fn attachment(number: u128, bytes: u64) -> Attachment {
    Attachment::file(id(number), FileName::new("notes.txt"), bytes)
}

fn file(number: u8) -> Blobs {
    Blobs { file: hash(number), small: None, large: None }
}

/// A picture, as far as its type says.
pub(super) fn picture(number: u128) -> Attachment {
    Attachment { mime: "image/png".to_owned(), ..attachment(number, 10) }
}

/// An attachment of one blob, in no message yet.
async fn attach<B: Backend>(world: &World<B>, owner: &User, number: u128, blob: u8) -> Attachment {
    store(world, owner, attachment(number, 10), blob).await
}

/// Stores an attachment of one blob, in no message yet.
pub(super) async fn store<B: Backend>(
    world: &World<B>,
    owner: &User,
    attachment: Attachment,
    blob: u8,
) -> Attachment {
    let (storage, id) = (world.storage(), attachment.id);
    let started = storage.start_upload(upload(owner, id.0.as_u128(), 10, 5), NO_LIMITS).await.unwrap();
    assert_eq!(started, StorageDecision::Allowed);
    let claimed = storage.claim_blobs(id, vec![hash(blob)]).await.unwrap();
    assert_eq!(claimed, ClaimOutcome::Claimed);
    assert!(storage.finish_upload(attachment.clone(), file(blob)).await.unwrap());
    attachment
}

/// A message with attachments.
pub(super) fn with(to: ConversationId, text: &str, attachments: &[u128]) -> Post {
    let text = MessageText::new_or_empty(text).unwrap();
    Post::new(to, text).with_attachments(attachments.iter().map(|number| id(*number)).collect())
}

async fn sees<B: Backend>(world: &World<B>, user: &User, number: u128) -> Option<StoredAttachment> {
    world.storage().visible_attachments(user.id, vec![id(number), NOBODY]).await.unwrap().pop()
}

async fn condemned<B: Backend>(world: &World<B>) -> Vec<BlobHash> {
    let mut condemned = world.storage().condemned_blobs(10).await.unwrap();
    condemned.sort_unstable();
    condemned
}

async fn used<B: Backend>(world: &World<B>) -> Vec<BlobHash> {
    world.storage().used_blobs(None, 10).await.unwrap()
}

pub async fn an_upload_becomes_an_attachment<B: Backend>() {
    let world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let storage = world.storage();
    let new = upload(&mei, 1, 10, 5);
    assert_eq!(storage.start_upload(new.clone(), NO_LIMITS).await.unwrap(), StorageDecision::Allowed);
    assert_eq!(storage.upload(id(1)).await.unwrap(), Some(new));
    assert_eq!(storage.upload(NOBODY).await.unwrap(), None);
    assert_eq!(sees(&world, &mei, 1).await, None, "it is none yet");
    assert_eq!(storage.stored_bytes(mei.id).await.unwrap(), 10);
    let all = [1, 2, 3].map(hash).to_vec();
    assert_eq!(storage.claim_blobs(id(1), all.clone()).await.unwrap(), ClaimOutcome::Claimed);
    assert_eq!(storage.claim_blobs(id(1), all.clone()).await.unwrap(), ClaimOutcome::Claimed, "again");
    assert_eq!(storage.claim_blobs(NOBODY, all.clone()).await.unwrap(), ClaimOutcome::NoUpload);
    assert_eq!(used(&world).await, all);
    let blobs = Blobs { file: hash(2), small: Some(hash(3)), large: None };
    assert!(storage.finish_upload(attachment(1, 8), blobs).await.unwrap());
    assert_eq!(storage.upload(id(1)).await.unwrap(), None);
    let world = world.reopened().await;
    let expected = StoredAttachment {
        attachment: attachment(1, 8),
        owner: mei.id,
        blobs,
        message: None,
        created_at: Timestamp(5),
    };
    assert_eq!(sees(&world, &mei, 1).await, Some(expected));
    assert_eq!(sees(&world, &ada, 1).await, None, "it is in no message yet");
    assert_eq!(world.storage().stored_bytes(mei.id).await.unwrap(), 8);
    assert_eq!((used(&world).await, condemned(&world).await), (vec![hash(2), hash(3)], vec![hash(1)]));
    assert!(!world.storage().finish_upload(attachment(2, 8), blobs).await.unwrap(), "there is no upload");
}

pub async fn the_pictures_of_previews_go_with_them<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    for number in 1..=4 {
        attach(&world, &mei, number, number as u8).await;
    }
    attach(&world, &ada, 5, 5).await;
    let links = ["https://a.example", "https://b.example", "https://c.example"];
    let seq = world.post(&mei, trip, &links.join(" ")).await.seq;
    let shown = |link: &str, number: u128| Preview { image: Some(attachment(number, 10)), ..preview(link) };
    let fetched = vec![shown(links[0], 1), shown(links[1], 2), shown(links[2], 5)];
    world.act(&mei, show(trip, seq, fetched)).await.unwrap();
    let mut world = world.reopened().await;
    let images = async |world: &World<B>| {
        let message = world.message(&ada, trip, seq).await;
        message.previews.into_iter().map(|preview| preview.image.map(|image| image.id)).collect::<Vec<_>>()
    };
    assert_eq!(images(&world).await, [Some(id(1)), Some(id(2)), None], "another's is none of the message");
    assert_eq!(sees(&world, &ada, 1).await.unwrap().message, Some((trip, seq)));
    assert_eq!(world.act(&mei, with(trip, "", &[1])).await, Err(Refusal::UnknownAttachment), "it is sent");
    let remove = RemovePreview { conversation: trip, target: seq, url: links[0].to_owned() };
    world.act(&mei, remove).await.unwrap();
    assert_eq!((sees(&world, &mei, 1).await, condemned(&world).await), (None, vec![hash(1)]));
    world.act(&mei, edit(trip, seq, links[2])).await.unwrap();
    assert_eq!((sees(&world, &mei, 2).await, condemned(&world).await), (None, vec![hash(1), hash(2)]));
    world.act(&mei, edit(trip, seq, &links.join(" "))).await.unwrap();
    world.act(&mei, show(trip, seq, vec![shown(links[1], 3)])).await.unwrap();
    assert_eq!(images(&world).await, [Some(id(3)), None]);
    let mut world = world.reopened().await;
    world.act(&mei, delete(trip, seq)).await.unwrap();
    assert_eq!((sees(&world, &mei, 3).await, condemned(&world).await.len()), (None, 3));
    assert_eq!(used(&world).await, [hash(4), hash(5)]);
}

pub async fn a_message_takes_attachments_of_its_authors_once<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    for (number, blob) in [(1, 1), (2, 2), (3, 3)] {
        attach(&world, &mei, number, blob).await;
    }
    world.storage().start_upload(upload(&mei, 4, 10, 5), NO_LIMITS).await.unwrap();
    let client_id = world.client_id();
    let first = || command(&mei, Some(client_id), with(trip, "", &[2, 1]));
    let posted = world.submit(vec![first()]).await.remove(0).unwrap();
    let again = world.submit(vec![first()]).await.remove(0);
    assert_eq!(again, Ok(posted), "a retry has the same answer");
    let other = command(&mei, Some(client_id), with(trip, "", &[1]));
    assert_eq!(world.submit(vec![other]).await.remove(0), Err(Refusal::IdempotencyConflict));
    for (author, numbers) in [(&mei, [1, 3]), (&mei, [3, 4]), (&mei, [3, 999]), (&ada, [3, 3])] {
        let refused = world.act(author, with(trip, "hello", &numbers)).await;
        assert_eq!(refused, Err(Refusal::UnknownAttachment), "{numbers:?}");
    }
    // At once, one has it.
    let both = [1, 2].map(|_| command(&mei, Some(world.client_id()), with(trip, "me", &[3])));
    let outcomes = world.submit(both.to_vec()).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    let message: Message = world.message(&ada, trip, posted.seq).await;
    assert_eq!(message.attachments, [attachment(2, 10), attachment(1, 10)]);
    assert!(message.text.as_str().is_empty());
    let world = world.reopened().await;
    assert_eq!(world.message(&ada, trip, posted.seq).await.attachments, message.attachments);
    assert_eq!(sees(&world, &ada, 1).await.unwrap().message, Some((trip, posted.seq)));
    assert_eq!(sees(&world, &mei, 3).await.unwrap().message.unwrap().0, trip);
}

pub async fn a_list_says_what_the_newest_message_has<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let trip = world.group(&mei, "trip", &[]).await;
    let summary = async |world: &World<B>| {
        let last = world.seen_by(&mei, trip).await.last_message;
        last.and_then(|last| last.attachments).map(|summary| (summary.kind, summary.name, summary.count))
    };
    attach(&world, &mei, 1, 1).await;
    attach(&world, &mei, 2, 2).await;
    let first = world.act(&mei, with(trip, "two", &[1, 2])).await.unwrap().seq;
    let two = Some((AttachmentKind::File, "notes.txt".to_owned(), 2));
    assert_eq!(summary(&world).await, two);
    world.act(&mei, edit(trip, first, "both")).await.unwrap();
    assert_eq!(summary(&world).await, two);
    let second = world.post(&mei, trip, "none").await.seq;
    assert_eq!(summary(&world).await, None);
    world.act(&mei, delete(trip, second)).await.unwrap();
    let mut world = world.reopened().await;
    assert_eq!(summary(&world).await, two);
    world.act(&mei, delete(trip, first)).await.unwrap();
    assert_eq!(summary(&world).await, None);
}

pub async fn a_text_is_removed_only_beside_attachments<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mei = world.user("mei").await;
    attach(&world, &mei, 1, 1).await;
    let plain = world.post(&mei, EVERYONE, "hello").await.seq;
    let empty = |target| Edit::new(EVERYONE, target, MessageText::new_or_empty("").unwrap());
    assert_eq!(world.act(&mei, empty(plain)).await, Err(Refusal::TextEmpty));
    let target = world.act(&mei, with(EVERYONE, "look", &[1])).await.unwrap().seq;
    world.act(&mei, empty(target)).await.unwrap();
    let message = world.message(&mei, EVERYONE, target).await;
    assert_eq!((message.text.as_str(), message.attachments.len()), ("", 1));
    let revisions = world.storage().revisions(mei.id, EVERYONE, target).await.unwrap().unwrap().unwrap();
    assert_eq!(revisions.len(), 1);
}

pub async fn a_deleted_message_lets_go_of_its_blobs<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    attach(&world, &mei, 1, 1).await;
    // The same file, by another.
    attach(&world, &ada, 2, 1).await;
    let first = world.act(&mei, with(trip, "", &[1])).await.unwrap().seq;
    let second = world.act(&ada, with(trip, "", &[2])).await.unwrap().seq;
    world.act(&mei, delete(trip, first)).await.unwrap();
    assert_eq!((sees(&world, &mei, 1).await, condemned(&world).await), (None, vec![]));
    assert_eq!(world.storage().stored_bytes(mei.id).await.unwrap(), 0);
    let mut world = world.reopened().await;
    let message = world.message(&ada, trip, first).await;
    assert!(message.deleted.is_some() && message.attachments.is_empty());
    let log = format!("{:?}", world.log(&ada, trip).await[first.0 as usize - 1]);
    assert!(!log.contains("notes.txt"), "{log}");
    world.act(&ada, delete(trip, second)).await.unwrap();
    assert_eq!((condemned(&world).await, used(&world).await), (vec![hash(1)], vec![]));
    // One command posts it, the next deletes it, in one batch.
    attach(&world, &ada, 3, 3).await;
    let next = world.seen_by(&ada, trip).await.head_seq.next();
    let both = vec![
        command(&ada, Some(world.client_id()), with(trip, "", &[3])),
        command(&ada, Some(world.client_id()), delete(trip, next)),
    ];
    assert!(world.submit(both).await.iter().all(Result::is_ok));
    assert_eq!((sees(&world, &ada, 3).await, condemned(&world).await), (None, vec![hash(1), hash(3)]));
}

pub async fn a_condemned_blob_is_claimed_once_it_is_forgotten<B: Backend>() {
    let world = World::<B>::new().await;
    let mei = world.user("mei").await;
    attach(&world, &mei, 1, 1).await;
    let storage = world.storage();
    assert!(storage.discard(mei.id, id(1)).await.unwrap());
    assert_eq!(condemned(&world).await, [hash(1)]);
    storage.start_upload(upload(&mei, 2, 10, 5), NO_LIMITS).await.unwrap();
    let claim = async || storage.claim_blobs(id(2), vec![hash(1), hash(2)]).await.unwrap();
    assert_eq!(claim().await, ClaimOutcome::Condemned);
    let take =
        async |now, until| storage.take_condemned(hash(1), Timestamp(now), Timestamp(until)).await.unwrap();
    assert!(take(10, 20).await);
    assert!(!take(19, 30).await, "somebody else has taken it");
    assert!(take(20, 30).await, "the one who took it is gone");
    assert!(!storage.take_condemned(hash(2), Timestamp(1), Timestamp(2)).await.unwrap());
    assert_eq!(claim().await, ClaimOutcome::Condemned);
    storage.forget_blob(hash(1)).await.unwrap();
    assert_eq!(claim().await, ClaimOutcome::Claimed);
    storage.condemn_unused(vec![hash(1), hash(7)]).await.unwrap();
    assert_eq!(condemned(&world).await, [hash(7)], "a claim is a use");
    assert_eq!(storage.used_blobs(Some(hash(1)), 10).await.unwrap(), [hash(2)]);
    assert_eq!(storage.used_blobs(None, 1).await.unwrap(), [hash(1)]);
}

pub async fn only_who_is_in_the_conversation_sees_an_attachment<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, li) = (world.user("mei").await, world.user("ada").await, world.user("li").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    attach(&world, &mei, 1, 1).await;
    attach(&world, &mei, 2, 2).await;
    world.act(&mei, with(trip, "", &[1])).await.unwrap();
    world.act(&mei, with(EVERYONE, "", &[2])).await.unwrap();
    let all = async |world: &World<B>, number| {
        let mut seen = Vec::new();
        for user in [&mei, &ada, &li] {
            seen.push(sees(world, user, number).await.is_some());
        }
        seen
    };
    assert_eq!(all(&world, 1).await, [true, true, false]);
    assert_eq!(all(&world, 2).await, [true, true, true]);
    world.act(&ada, leave(trip)).await.unwrap();
    world.act(&mei, leave(trip)).await.unwrap();
    assert_eq!(all(&world, 1).await, [false, false, false], "not even who sent it");
    let storage = world.storage();
    assert_eq!(storage.attachment_for(99, id(2)).await.unwrap(), None, "there is no such session");
    assert!(!storage.discard(mei.id, id(2)).await.unwrap(), "it is in a message");
}

pub async fn a_copy_is_an_attachment_of_its_own<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, li) = (world.user("mei").await, world.user("ada").await, world.user("li").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    attach(&world, &mei, 1, 1).await;
    let first = world.act(&mei, with(trip, "", &[1])).await.unwrap().seq;
    let copy = async |world: &World<B>, user: &User, number, limits| {
        world.storage().copy_attachment(user.id, id(1), id(number), Timestamp(9), limits).await.unwrap()
    };
    assert_eq!(copy(&world, &li, 5, NO_LIMITS).await, CopyOutcome::Unknown);
    let small = StorageLimits { bytes: 9, ..NO_LIMITS };
    let refused = CopyOutcome::Refused(StorageDecision::QuotaExceeded);
    assert_eq!(copy(&world, &ada, 5, small).await, refused);
    assert_eq!(copy(&world, &ada, 5, NO_LIMITS).await, CopyOutcome::Copied(attachment(5, 10)));
    assert_eq!(sees(&world, &mei, 5).await, None);
    world.act(&mei, delete(trip, first)).await.unwrap();
    assert_eq!(condemned(&world).await, [], "the copy uses it");
    world.act(&ada, with(EVERYONE, "look", &[5])).await.unwrap();
    assert_eq!(sees(&world, &li, 5).await.unwrap().blobs, file(1));
}

pub async fn files_are_limited_and_go_when_nobody_sends_them<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let limits = StorageLimits { bytes: 30, unsent: 3 };
    attach(&world, &mei, 1, 1).await;
    attach(&world, &mei, 2, 2).await;
    world.act(&mei, with(EVERYONE, "", &[1])).await.unwrap();
    let start = async |world: &World<B>, user: &User, number, length, at| {
        world.storage().start_upload(upload(user, number, length, at), limits).await.unwrap()
    };
    assert_eq!(start(&world, &mei, 3, 11, 50).await, StorageDecision::QuotaExceeded);
    assert_eq!(start(&world, &mei, 3, 5, 50).await, StorageDecision::Allowed);
    assert_eq!(start(&world, &mei, 4, 5, 60).await, StorageDecision::Allowed);
    assert_eq!(start(&world, &mei, 5, 0, 60).await, StorageDecision::TooManyUnsent);
    assert_eq!(start(&world, &ada, 5, 30, 70).await, StorageDecision::Allowed);
    let storage = world.storage();
    assert!(!storage.discard(ada.id, id(3)).await.unwrap(), "it is another's");
    assert!(storage.discard(mei.id, id(4)).await.unwrap());
    assert!(!storage.discard(mei.id, id(4)).await.unwrap());
    let mut gone = storage.discard_unsent(Timestamp(60), 10).await.unwrap();
    gone.sort_unstable();
    assert_eq!(gone, [id(2), id(3)]);
    assert_eq!(condemned(&world).await, [hash(2)]);
    assert_eq!(storage.stored_bytes(mei.id).await.unwrap(), 10);
    assert_eq!(storage.upload(id(5)).await.unwrap().map(|upload| upload.owner), Some(ada.id));
    assert!(storage.discard_unsent(Timestamp(60), 10).await.unwrap().is_empty());
}

pub async fn the_key_of_links_stays<B: Backend>() {
    let world = World::<B>::new().await;
    assert_eq!(world.storage().link_key([1; 32]).await.unwrap(), [1; 32]);
    assert_eq!(world.storage().link_key([2; 32]).await.unwrap(), [1; 32]);
    let world = world.reopened().await;
    assert_eq!(world.storage().link_key([3; 32]).await.unwrap(), [1; 32]);
}

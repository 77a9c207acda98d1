//! A storage with something of everything, and all that is read of it.

use confab_shared::{
    api::{Access, Settings},
    attachment::{Attachment, FileName},
    draft::DraftKey,
    id::{AttachmentId, ClientId, ConversationId, Seq, Timestamp},
    text::{DisplayName, MessageText, Title, Topic, UserName},
    user::{ServerRole, User},
};
use uuid::Uuid;

use crate::{
    domain::{
        attachment::{BlobHash, Blobs, StorageDecision, StorageLimits, Upload},
        command::{Command, CommandBody, CreateGroup, OpenDirect, Post, SetTopic},
        decision::Outcome,
        draft::DraftEdit,
        listing::ListRange,
        second_factor::ShownCode,
        sign_in::{Proof, UserKind},
    },
    storage::{
        Device, EVERYONE, NewDisplayName, NewName, NewSession, Range, Storage,
        conformance::world::{
            add, command, delete, edit, leave, mark_read, mark_unread, pin, post, preview, react, rename,
            reply, show,
        },
        invitations::NewInvitation,
        saved::SaveOutcome,
        threads::{ThreadMove, ThreadQuery},
    },
};

const NAMES: [&str; 4] = ["mei", "ada", "li", "zoë"];

/// The first group: it follows Everyone.
const GROUP: ConversationId = ConversationId(2);

/// More events than a segment has.
const MANY: u64 = 150;

/// The id of the command that [`retry`] sends again.
const RETRIED: u128 = 0x1234;

fn name(name: &str) -> NewName {
    NewName::of(UserName::new(name).unwrap())
}

async fn user(storage: &dyn Storage, of: &str) -> User {
    storage.user(&name(of).key).await.unwrap().unwrap().user
}

async fn act(storage: &dyn Storage, actor: &User, id: u128, body: impl Into<CommandBody>) -> Outcome {
    let id = (id > 0).then(|| ClientId(Uuid::from_u128(id)));
    let command: Command = command(actor, id, body);
    storage.submit(vec![command]).await.await.remove(0).unwrap()
}

async fn sign_in(storage: &dyn Storage, of: &str, proof: Proof, token: u8) -> User {
    let new = NewSession {
        name: name(of),
        access: Access::Open,
        proof,
        code: ShownCode::Nothing,
        device: Device { browser: Some("Firefox".to_owned()), address: Some(format!("192.0.2.{token}")) },
        new_key: [token + 100; 32],
        token: [token; 32],
        at: Timestamp(u64::from(token)),
    };
    storage.sign_in(new).await.unwrap();
    user(storage, of).await
}

/// Makes something of everything.
pub async fn fill(storage: &dyn Storage) {
    let mut users = Vec::new();
    for (index, name) in (1..).zip(NAMES) {
        users.push(sign_in(storage, name, Proof::Nothing, index).await);
    }
    let [mei, ada, li, zoe] = &users[..] else { panic!("four users") };
    // The id of a session that has ended is not given again.
    sign_in(storage, "zoë", Proof::Key([104; 32]), 44).await;
    storage.end_session([44; 32]).await.unwrap();
    storage.ensure_user(name("7"), UserKind::Dialect, Timestamp(9)).await.unwrap();
    storage.ensure_user(name("8"), UserKind::Awaited, Timestamp(9)).await.unwrap();
    storage.set_last_seen(li.id, Timestamp(77)).await.unwrap();
    accounts(storage, mei, ada).await;
    let names = [ada, li].map(|user| user.name.clone()).to_vec();
    act(storage, mei, 1, CreateGroup::new(Title::new("trip").unwrap(), names)).await.unwrap();
    act(storage, mei, 2, OpenDirect::new(mei.id, ada.id)).await.unwrap();
    act(storage, li, 3, OpenDirect::new(li.id, li.id)).await.unwrap();
    act(storage, mei, RETRIED, post(GROUP, "hello @ada, 你好")).await.unwrap();
    for number in 0..MANY {
        let author = [mei, ada, li][number as usize % 3];
        act(storage, author, 0x1_0000 + u128::from(number), post(GROUP, &format!("number {number} @li")))
            .await
            .unwrap();
    }
    changes(storage, mei, ada, li, zoe).await;
    people(storage, mei, li, zoe).await;
    invitations(storage, mei).await;
    own_things(storage, ada, li).await;
}

/// What belongs to one person.
async fn own_things(storage: &dyn Storage, ada: &User, li: &User) {
    storage.set_shares_read_positions(li.id, false).await.unwrap();
    act(storage, li, 0, mark_unread(GROUP, 20)).await.unwrap();
    act(storage, ada, 0, post(GROUP, "@everyone look")).await.unwrap();
    for (id, text) in [(GROUP, "not yet, \u{1f389}"), (EVERYONE, "never"), (ConversationId(3), "soon")] {
        let text = Some(MessageText::new(text).unwrap());
        storage
            .change_draft(ada.id, id.into(), DraftEdit::Save { text, version: 0 }, Timestamp(50))
            .await
            .unwrap();
    }
    storage
        .change_draft(ada.id, EVERYONE.into(), DraftEdit::Sent { version: 1 }, Timestamp(51))
        .await
        .unwrap();
    for root in [12, 13] {
        let (of, text) =
            (DraftKey::of_thread(GROUP, Seq(root)), Some(MessageText::new("in a thread").unwrap()));
        storage.change_draft(ada.id, of, DraftEdit::Save { text, version: 0 }, Timestamp(52)).await.unwrap();
    }
    files(storage, ada).await;
    for (id, seq, at) in [(GROUP, 12, 60), (GROUP, 13, 61), (EVERYONE, 1, 61)] {
        let saved = storage.save(li.id, id, Seq(seq), Timestamp(at)).await.unwrap();
        assert_eq!(saved, SaveOutcome::Saved);
    }
}

/// A picture in a message, a file in none, and an upload that goes on.
async fn files(storage: &dyn Storage, ada: &User) {
    for number in 1..=3_u8 {
        let id = AttachmentId(Uuid::from_u128(number.into()));
        let upload = Upload {
            id,
            owner: ada.id,
            length: 9,
            name: "a.txt".to_owned(),
            mime: String::new(),
            duration: None,
            waveform: None,
            created_at: Timestamp(70),
        };
        let limits = StorageLimits { bytes: 99, unsent: 9 };
        assert_eq!(storage.start_upload(upload, limits).await.unwrap(), StorageDecision::Allowed);
        let [file, small, large] = [number, number + 10, number + 20].map(|byte| BlobHash([byte; 32]));
        let blobs =
            Blobs { file, small: (number == 1).then_some(small), large: (number == 1).then_some(large) };
        storage.claim_blobs(id, blobs.all().collect()).await.unwrap();
        let name = FileName::new("né \"1\".txt");
        if number < 3 {
            assert!(storage.finish_upload(Attachment::file(id, name, 9), blobs).await.unwrap());
        }
    }
    let sent = vec![AttachmentId(Uuid::from_u128(1))];
    let text = MessageText::new_or_empty("").unwrap();
    act(storage, ada, 0, Post::new(GROUP, text).with_attachments(sent)).await.unwrap();
}

async fn accounts(storage: &dyn Storage, mei: &User, ada: &User) {
    for (user, token) in [(mei, [1; 32]), (ada, [2; 32])] {
        let hash = format!("$argon2id$of {}", user.name);
        assert!(storage.change_password(user.id, None, hash, Some(token)).await.unwrap());
    }
    storage.set_second_factor(mei.id, [4; 20]).await.unwrap();
    let codes = vec![[6; 32], [5; 32]];
    assert!(storage.confirm_second_factor(mei.id, [4; 20], 7, codes).await.unwrap());
    storage.set_second_factor(ada.id, [8; 20]).await.unwrap();
    let change = Settings {
        registration: Some(true),
        admins_need_second_factor: Some(false),
        attachment_bytes: Some(1_000),
        storage_bytes: None,
        link_previews: Some(false),
    };
    storage.change_settings(change).await.unwrap();
}

/// Somebody has a display name; somebody is asked before strangers add them, and has a request, and declined another.
async fn people(storage: &dyn Storage, mei: &User, li: &User, zoe: &User) {
    let shown = NewDisplayName::of(DisplayName::existing("Lǐ Léi"), &li.name).unwrap();
    assert!(storage.set_display_name(li.id, Some(shown)).await.unwrap().is_some());
    storage.set_asks_before_groups(zoe.id, true).await.unwrap();
    storage.set_asks_before_groups(li.id, false).await.unwrap();
    act(storage, mei, 0, add(GROUP, &[zoe]).asking(Access::Open)).await.unwrap();
    let title = Title::new("another").unwrap();
    let another = CreateGroup::new(title, vec![zoe.name.clone()]).asking(Access::Open);
    let another = act(storage, li, 0, another).await.unwrap().conversation;
    assert!(storage.decline_group_request(zoe.id, another).await.unwrap());
    assert_eq!(storage.group_requests(zoe.id).await.unwrap().len(), 1);
}

async fn changes(storage: &dyn Storage, mei: &User, ada: &User, li: &User, zoe: &User) {
    let topic = SetTopic { conversation: GROUP, topic: Topic::new("packing").unwrap() };
    act(storage, mei, 0, topic).await.unwrap();
    act(storage, mei, 0, rename(GROUP, "the trip")).await.unwrap();
    act(storage, mei, 0, add(GROUP, &[zoe])).await.unwrap();
    let target = |behind: u64| Seq(10 + behind);
    for behind in 0..3 {
        let author = author_of(storage, mei, target(behind)).await;
        act(storage, &author, 0, edit(GROUP, target(behind), "edited, @mei and @ada")).await.unwrap();
    }
    act(storage, li, 0, react(GROUP, target(0), "👍", true)).await.unwrap();
    act(storage, ada, 0, react(GROUP, target(0), "👍", true)).await.unwrap();
    act(storage, ada, 0, react(GROUP, target(0), "🎉", true)).await.unwrap();
    act(storage, ada, 0, react(GROUP, target(0), "🎉", false)).await.unwrap();
    // Changes nothing: acknowledged with the head that it meets.
    for id in [0x77, 0x78, 0x79] {
        act(storage, li, id, react(GROUP, target(0), "👍", true)).await.unwrap();
    }
    for behind in [0, 5, 6] {
        act(storage, mei, 0, pin(GROUP, target(behind), true)).await.unwrap();
    }
    act(storage, mei, 0, pin(GROUP, target(6), false)).await.unwrap();
    let author = author_of(storage, mei, target(2)).await;
    act(storage, &author, 0, edit(GROUP, target(2), "see https://a.example")).await.unwrap();
    act(storage, &author, 0, show(GROUP, target(2), vec![preview("https://a.example")])).await.unwrap();
    let author = author_of(storage, mei, target(1)).await;
    act(storage, &author, 0, delete(GROUP, target(1))).await.unwrap();
    act(storage, zoe, 0, leave(GROUP)).await.unwrap();
    act(storage, li, 0, mark_read(GROUP, 40)).await.unwrap();
    act(storage, zoe, 0, post(EVERYONE, "to everybody")).await.unwrap();
    act(storage, ada, 0, post(ConversationId(3), "between two")).await.unwrap();
    threads(storage, mei, ada, li).await;
}

/// Two threads, one of them with a deleted reply and one that shows in the timeline, and replies to messages.
async fn threads(storage: &dyn Storage, mei: &User, ada: &User, li: &User) {
    let first = Seq(1);
    let second = act(storage, ada, 0, post(EVERYONE, "and?").replying_to(Some(first))).await.unwrap().seq;
    for (author, root, also) in [(mei, first, false), (ada, first, true), (li, second, false)] {
        act(storage, author, 0, reply(EVERYONE, root, "in a thread, @li and @mei", also)).await.unwrap();
    }
    let deleted = act(storage, mei, 0, reply(EVERYONE, first, "no", false)).await.unwrap().seq;
    act(storage, mei, 0, delete(EVERYONE, deleted)).await.unwrap();
    storage.move_thread(li.id, EVERYONE, second, ThreadMove::Read(second)).await.unwrap();
}

async fn author_of(storage: &dyn Storage, reader: &User, seq: Seq) -> User {
    let run = storage.events(reader.id, GROUP, Range::After(Seq(seq.0 - 1)), 1).await.unwrap().unwrap();
    let by = run.events[0].event.by;
    run.users.into_iter().find(|user| user.id == by).unwrap()
}

async fn invitations(storage: &dyn Storage, by: &User) {
    for token in [61, 62, 63] {
        let new = NewInvitation {
            token: [token; 32],
            by: (token != 62).then_some(by.id),
            role: ServerRole::Member,
            uses: token.into(),
            expires_at: Timestamp(5_000),
            groups: if token == 61 { vec![GROUP] } else { Vec::new() },
        };
        storage.invite(new).await.unwrap();
    }
    // Its id is not given again.
    storage.revoke_invitation(3, None).await.unwrap();
}

/// Sends a command again, as a client does that has missed its answer.
pub async fn retry(storage: &dyn Storage) -> Vec<String> {
    let (mei, li) = (user(storage, "mei").await, user(storage, "li").await);
    let posted = act(storage, &mei, RETRIED, post(GROUP, "hello @ada, 你好")).await;
    let unchanged = act(storage, &li, 0x78, react(GROUP, Seq(10), "👍", true)).await;
    let other = act(storage, &mei, RETRIED, post(GROUP, "something else")).await;
    [posted, unchanged, other].map(|outcome| format!("{outcome:?}")).to_vec()
}

/// Makes a user, a session, a group and an invitation, and answers their ids.
pub async fn go_on(storage: &dyn Storage) -> Vec<u64> {
    let new = sign_in(storage, "noor", Proof::Nothing, 90).await;
    let session = storage.sessions(new.id).await.unwrap().remove(0).id;
    let group = act(storage, &new, 0, CreateGroup::new(Title::new("another").unwrap(), Vec::new())).await;
    let invitation = NewInvitation {
        token: [91; 32],
        by: None,
        role: ServerRole::Member,
        uses: 1,
        expires_at: Timestamp(1),
        groups: Vec::new(),
    };
    let invitation = storage.invite(invitation).await.unwrap();
    vec![new.id.0, session, group.unwrap().conversation.0, invitation]
}

/// Posts a message more.
pub async fn post_another(storage: &dyn Storage) {
    let mei = user(storage, "mei").await;
    act(storage, &mei, 0, post(GROUP, "one more")).await.unwrap();
}

/// All that everybody reads, and the server of them.
pub async fn answers(storage: &dyn Storage) -> Vec<String> {
    let mut all = Vec::new();
    macro_rules! read {
        ($($read:expr),* $(,)?) => { $(all.push(format!("{:#?}", $read.await.unwrap()));)* };
    }
    for of in NAMES {
        let id = user(storage, of).await.id;
        read!(
            storage.user(&name(of).key),
            storage.conversations(id, ListRange::All),
            storage.sessions(id),
            storage.account(id),
            storage.password(id),
            storage.second_factor(id),
            storage.direct_peers(id),
            storage.asks_before_groups(id),
            storage.group_requests(id),
            storage.shares_read_positions(id),
            storage.drafts(id),
            storage.draft(id, EVERYONE.into()),
            storage.draft(id, DraftKey::of_thread(GROUP, Seq(12))),
            storage.saved(id, None, 10),
            storage.visible_attachments(id, vec![AttachmentId(Uuid::from_u128(1))]),
            storage.visible_attachments(id, vec![AttachmentId(Uuid::from_u128(2))]),
            storage.threads(id, ThreadQuery { unread: false, before: None, limit: 99 }),
            storage.followed_threads(id, 99, 0),
        );
        for conversation in (1..6).map(ConversationId) {
            read!(
                storage.conversation(id, conversation),
                storage.events(id, conversation, Range::After(Seq(0)), 10_000),
                storage.messages(id, conversation, Range::After(Seq(0)), 10_000),
                storage.pins(id, conversation, 100),
                storage.revisions(id, conversation, Seq(10)),
                storage.replies(id, conversation, Seq(1), Range::After(Seq(0)), 1_000),
                storage.thread(id, conversation, Seq(1)),
            );
        }
    }
    read!(
        storage.settings(),
        storage.condemned_blobs(99),
        storage.invitations(None, Timestamp(1)),
        storage.users_by_prefix("", 100),
        storage.session([1; 32]),
        storage.user(&name("7").key),
        storage.user(&name("8").key),
    );
    all
}

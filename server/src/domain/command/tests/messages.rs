//! Edits, deletions, reactions and pins: who may, and what changes nothing.

use confab_shared::{
    conversation::{Conversation, ConversationKind, LastMessage},
    emoji::Emoji,
    event::{Deleted, Edited, EventBody, EventKind, Pinned, Previewed, Reacted},
    id::{ConversationId, Seq, Timestamp, UserId},
    mentions::MAX_HERE,
    message::{MAX_EMOJI_PER_MESSAGE, Message, Stamp},
    name_key::name_key,
    preview::{MAX_PREVIEWS, Preview},
    text::MessageText,
    user::User,
};

use super::{HERE, appended, command, conversation, decide, user};
use crate::domain::{
    audience::Audience,
    command::{CommandBody, Delete, Edit, Pin, Post, React, RemovePreview, ShowPreviews},
    decision::{
        Change, Decision, Loaded, LoadedMessage, MessageDeletion, MessageEdit, MessageNeeds, PreviewChange,
        ReactionChange,
    },
    earlier::{Earlier, EarlierEvent},
    event_position::EventPosition,
    refusal::Refusal,
};

/// The message that the commands are about.
const TARGET: Seq = Seq(2);

/// A conversation of Mei, who is its admin, Ada and Li, with a message of Ada.
struct Stage {
    mei: User,
    ada: User,
    li: User,
    conversation: Conversation,
    members: Audience,
    admins: Vec<UserId>,
    message: Option<LoadedMessage>,
}

impl Stage {
    fn new(kind: ConversationKind) -> Self {
        let [mei, ada, li] = [user(1, "mei"), user(2, "ada"), user(3, "li")];
        let members = match kind {
            ConversationKind::Broadcast => Audience::Everyone,
            _ => Audience::of([mei.id, ada.id, li.id]),
        };
        let message = Message {
            seq: TARGET,
            at: Timestamp(2),
            by: ada.id,
            client_id: None,
            text: text("hello"),
            mentions: vec![],
            reply_to: None,
            thread: None,
            also_in_conversation: false,
            attachments: vec![],
            previews: vec![],
            replies: None,
            edited_at: None,
            reactions: vec![],
            pinned: None,
            deleted: None,
        };
        let message = Some(LoadedMessage {
            message,
            mentioned_before: vec![],
            emoji: vec![],
            reacted_by_actor: false,
            reacted_by_others: false,
            message_before: None,
            replies: None,
        });
        let (conversation, admins) = (conversation(kind, 9, 5), vec![mei.id]);
        Self { mei, ada, li, conversation, members, admins, message }
    }

    /// A group.
    fn group() -> Self {
        Self::new(ConversationKind::Group)
    }

    fn message(&mut self) -> &mut LoadedMessage {
        self.message.as_mut().unwrap()
    }

    fn delete_message(&mut self) {
        let deleted = Some(Stamp { by: self.ada.id, at: Timestamp(3) });
        let message = &mut self.message().message;
        (message.deleted, message.text) = (deleted, MessageText::existing(""));
    }

    fn decide(&self, actor: &User, body: impl Into<CommandBody>) -> Result<Decision, Refusal> {
        let users = [&self.mei, &self.ada, &self.li].map(|user| (name_key(user.name.as_str()), user.clone()));
        command(actor, body).decide(&Loaded {
            conversation: Some((&self.conversation, &self.members)),
            admins: &self.admins,
            users: &users,
            message: self.message.as_ref(),
            ..Loaded::default()
        })
    }

    fn is_unchanged(&self, actor: &User, body: impl Into<CommandBody>) -> bool {
        matches!(self.decide(actor, body), Ok(Decision::Unchanged))
    }

    /// The edit that a command decides.
    fn edits(&self, to: &str) -> MessageEdit {
        let append = appended(self.decide(&self.ada, edit(to)));
        let Some(Change::Edit(change)) = append.change else { panic!("{:?}", append.change) };
        assert_eq!(append.body, EventBody::Edited(change.edited.clone()));
        *change
    }

    /// The change of the emoji that a reaction of Li decides.
    fn reacts(&self, emoji: &str, on: bool) -> Option<Vec<Emoji>> {
        let append = appended(self.decide(&self.li, react(emoji, on)));
        let reacted = Reacted { target: TARGET, emoji: Emoji::existing(emoji), on };
        assert_eq!(append.body, EventBody::Reacted(reacted.clone()));
        let Some(Change::React(ReactionChange { reacted: changed, emoji_after })) = append.change else {
            panic!("{:?}", append.change)
        };
        assert_eq!(changed, reacted);
        emoji_after
    }
}

fn text(text: &str) -> MessageText {
    MessageText::new(text).unwrap()
}

fn emoji(emoji: &[&str]) -> Vec<Emoji> {
    emoji.iter().copied().map(Emoji::existing).collect()
}

fn edit(to: &str) -> Edit {
    Edit::new(HERE, TARGET, text(to))
}

fn delete() -> Delete {
    Delete { conversation: HERE, target: TARGET }
}

fn react(emoji: &str, on: bool) -> React {
    React { conversation: HERE, target: TARGET, emoji: Emoji::existing(emoji), on }
}

fn pin(on: bool) -> Pin {
    Pin { conversation: HERE, target: TARGET, on }
}

fn all() -> [CommandBody; 4] {
    [edit("changed").into(), delete().into(), react("👍", true).into(), pin(true).into()]
}

#[test]
fn who_may_change_a_message() {
    use ConversationKind::{Broadcast, Direct, Group};
    // Edit, delete, react, pin.
    let table = [
        (Group, "mei", [false, true, true, true]),
        (Group, "ada", [true, true, true, true]),
        (Group, "li", [false, false, true, true]),
        (Direct, "mei", [false, true, true, true]),
        (Direct, "ada", [true, true, true, true]),
        (Direct, "li", [false, false, true, true]),
        (Broadcast, "mei", [false, true, true, true]),
        (Broadcast, "ada", [true, true, true, false]),
        (Broadcast, "li", [false, false, true, false]),
    ];
    for (kind, name, expected) in table {
        let stage = Stage::new(kind);
        let actor = [&stage.mei, &stage.ada, &stage.li].into_iter().find(|user| user.name.as_str() == name);
        for (body, may) in all().into_iter().zip(expected) {
            let decided = stage.decide(actor.unwrap(), body.clone());
            match decided {
                Ok(Decision::Append(_)) => assert!(may, "{name} in {kind:?}: {body:?}"),
                Err(Refusal::Forbidden) => assert!(!may, "{name} in {kind:?}: {body:?}"),
                other => panic!("{name} in {kind:?}: {body:?}: {other:?}"),
            }
        }
    }
}

#[test]
fn outsiders_learn_nothing_of_messages() {
    let mut stage = Stage::group();
    let outsider = user(4, "outsider");
    for there in [true, false] {
        if !there {
            stage.message = None;
        }
        for body in all() {
            let refused = stage.decide(&outsider, body.clone());
            assert!(matches!(refused, Err(Refusal::UnknownConversation)), "{body:?}: {refused:?}");
        }
    }
}

#[test]
fn a_message_that_is_unknown_or_deleted_cannot_be_changed() {
    let mut stage = Stage::group();
    stage.delete_message();
    for body in [edit("changed").into(), react("👍", true).into(), pin(true).into(), pin(false).into()] {
        let body: CommandBody = body;
        let refused = stage.decide(&stage.ada, body.clone());
        assert!(matches!(refused, Err(Refusal::UnknownMessage)), "{body:?}: {refused:?}");
    }
    let same = stage.decide(&stage.ada, Edit::new(HERE, TARGET, MessageText::existing("")));
    assert!(
        matches!(same, Err(Refusal::UnknownMessage)),
        "an empty text is not the text of a deleted message"
    );
    stage.message = None;
    for body in all() {
        let refused = stage.decide(&stage.mei, body.clone());
        assert!(matches!(refused, Err(Refusal::UnknownMessage)), "{body:?}: {refused:?}");
    }
}

#[test]
fn a_command_whose_effect_is_there_succeeds_without_an_event() {
    let mut stage = Stage::group();
    assert!(stage.is_unchanged(&stage.ada, edit("hello")));
    assert!(stage.is_unchanged(&stage.ada, pin(false)));
    assert!(stage.is_unchanged(&stage.ada, react("👍", false)));
    stage.message().reacted_by_actor = true;
    stage.message().emoji = emoji(&["👍"]);
    assert!(stage.is_unchanged(&stage.ada, react("👍", true)));
    let pinned = Some(Stamp { by: stage.li.id, at: Timestamp(3) });
    stage.message().message.pinned = pinned;
    assert!(stage.is_unchanged(&stage.ada, pin(true)), "the first pin stays");
    stage.delete_message();
    assert!(stage.is_unchanged(&stage.ada, delete()));
    assert!(stage.is_unchanged(&stage.mei, delete()));
    assert!(matches!(stage.decide(&stage.li, delete()), Err(Refusal::Forbidden)));
}

#[test]
fn an_edit_notifies_each_member_once() {
    let mut stage = Stage::group();
    let (mei, li) = (stage.mei.id, stage.li.id);
    let change = stage.edits("hello @mei @ada @nobody");
    let expected = Edited::new(TARGET, text("hello @mei @ada @nobody"), vec![mei], vec![mei]);
    assert_eq!(change.edited, expected, "neither the author nor who does not exist");
    assert_eq!((change.mentioned_so_far, change.unmentioned), (vec![mei], vec![]));
    // A text mentioned Mei; this one does not.
    stage.message().mentioned_before = vec![mei];
    let change = stage.edits("hello @li");
    assert_eq!((change.edited.mentions, change.edited.notify), (vec![li], vec![li]));
    assert_eq!((change.mentioned_so_far, change.unmentioned), (vec![mei, li], vec![mei]));
    // Both were notified before.
    stage.message().mentioned_before = vec![mei, li];
    let change = stage.edits("hello @li @mei");
    assert_eq!((change.edited.mentions, change.edited.notify), (vec![mei, li], vec![]));
    assert_eq!((change.mentioned_so_far, change.unmentioned), (vec![mei, li], vec![]));
    // A user who left is mentioned no more.
    stage.members = stage.members.without(li);
    let change = stage.edits("hello @li @mei!");
    assert_eq!((change.edited.mentions, change.unmentioned), (vec![mei], vec![li]));
}

#[test]
fn a_deletion_names_the_newest_message_that_is_left() {
    let mut stage = Stage::group();
    let before = LastMessage::new(Seq(1), UserId(1), Timestamp(1), "before");
    let author = stage.mei.clone();
    stage.message().message_before = Some((before.clone(), author));
    stage.message().mentioned_before = vec![stage.li.id];
    let deletes = |stage: &Stage| {
        let append = appended(stage.decide(&stage.mei, delete()));
        let Some(Change::Delete(deletion)) = append.change else { panic!("{:?}", append.change) };
        let MessageDeletion { deleted, mentioned, attachments } = *deletion;
        assert!(attachments.is_empty());
        let named: Vec<_> = append.users.iter().map(|user| user.id).collect();
        assert_eq!(named, Vec::from_iter(deleted.last_message.as_ref().map(|last| last.by)));
        assert_eq!((append.body, mentioned), (EventBody::Deleted(deleted.clone()), vec![UserId(3)]));
        deleted
    };
    let last = |seq| Some(LastMessage::new(Seq(seq), UserId(2), Timestamp(2), "hello"));
    stage.conversation.last_message = last(8);
    assert_eq!(deletes(&stage), Deleted::new(TARGET, None), "a newer one stays");
    stage.conversation.last_message = last(2);
    assert_eq!(deletes(&stage), Deleted::new(TARGET, Some(before)));
    stage.message().message_before = None;
    assert_eq!(deletes(&stage), Deleted::new(TARGET, None), "it was the only one");
}

#[test]
fn the_emoji_of_a_message_are_in_the_order_of_their_first_use() {
    let mut stage = Stage::group();
    assert_eq!(stage.reacts("👍", true), Some(emoji(&["👍"])));
    stage.message().emoji = emoji(&["🎉", "👍"]);
    stage.message().reacted_by_others = true;
    assert_eq!(stage.reacts("👍", true), None, "others use it");
    stage.message().reacted_by_actor = true;
    assert_eq!(stage.reacts("🎉", false), None, "others still use it");
    stage.message().reacted_by_others = false;
    assert_eq!(stage.reacts("🎉", false), Some(emoji(&["👍"])), "nobody uses it any more");
}

#[test]
fn a_message_has_at_most_fifty_different_emoji() {
    let mut stage = Stage::group();
    let full: Vec<_> = (0..MAX_EMOJI_PER_MESSAGE).map(|n| Emoji::existing(&format!("e{n}"))).collect();
    stage.message().emoji = full[1..].to_vec();
    assert_eq!(stage.reacts("new", true).map(|emoji| emoji.len()), Some(MAX_EMOJI_PER_MESSAGE));
    stage.message().emoji = full;
    let refused = stage.decide(&stage.li, react("new", true));
    assert!(matches!(refused, Err(Refusal::TooManyReactions)), "{refused:?}");
    stage.message().reacted_by_others = true;
    assert_eq!(stage.reacts("e7", true), None, "one that is there takes more users");
    (stage.message().reacted_by_others, stage.message().reacted_by_actor) = (false, true);
    assert_eq!(stage.reacts("e7", false).map(|emoji| emoji.len()), Some(MAX_EMOJI_PER_MESSAGE - 1));
}

#[test]
fn a_pin_changes_where_it_is_not_so_already() {
    let mut stage = Stage::group();
    let pins = |stage: &Stage, on| {
        let append = appended(stage.decide(&stage.li, pin(on)));
        assert_eq!(append.body, EventBody::Pinned(Pinned { target: TARGET, on }));
        assert_eq!(append.change, Some(Change::Pin(Pinned { target: TARGET, on })));
    };
    pins(&stage, true);
    stage.message().message.pinned = Some(Stamp { by: UserId(1), at: Timestamp(3) });
    pins(&stage, false);
}

#[test]
fn previews_are_those_of_links_in_the_order_of_the_links() {
    let preview = |url: &str| Preview {
        url: url.to_owned(),
        title: "A page".to_owned(),
        description: None,
        site: None,
        image: None,
    };
    let links = ["https://a.example", "https://b.example", "https://c.example", "https://d.example"];
    let mut stage = Stage::group();
    stage.message().message.text = text(&format!("{} {} {} {}", links[0], links[1], links[2], links[3]));
    stage.message().message.previews = vec![preview(links[1])];
    let show = |urls: &[&str]| ShowPreviews::new(HERE, TARGET, urls.iter().map(|url| preview(url)).collect());
    let shown = |stage: &Stage, urls: &[&str]| {
        let append = appended(stage.decide(&stage.ada, show(urls)));
        let EventBody::Previewed(previewed) = append.body else { panic!("{:?}", append.body) };
        let change = PreviewChange { previewed: previewed.clone(), added: vec![], removed: vec![] };
        assert_eq!(append.change, Some(Change::Preview(Box::new(change))));
        previewed.previews.into_iter().map(|preview| preview.url).collect::<Vec<_>>()
    };
    assert_eq!(shown(&stage, &[links[3], "https://e.example", links[0]]), [links[0], links[1], links[3]]);
    assert_eq!(shown(&stage, &links), links[..MAX_PREVIEWS]);
    assert!(stage.is_unchanged(&stage.ada, show(&[links[1], "https://e.example"])));
    let refused = stage.decide(&stage.mei, show(&links));
    assert!(matches!(refused, Err(Refusal::Forbidden)), "{refused:?}");
    let remove = |url: &str| RemovePreview { conversation: HERE, target: TARGET, url: url.to_owned() };
    assert!(stage.is_unchanged(&stage.ada, remove(links[0])));
    let refused = stage.decide(&stage.li, remove(links[1]));
    assert!(matches!(refused, Err(Refusal::Forbidden)), "{refused:?}");
    let removed = appended(stage.decide(&stage.ada, remove(links[1])));
    assert_eq!(removed.body, Previewed { target: TARGET, previews: vec![] }.into());
    stage.delete_message();
    let refused = stage.decide(&stage.ada, show(&links));
    assert!(matches!(refused, Err(Refusal::UnknownMessage)), "{refused:?}");
}

#[test]
fn commands_name_what_they_need_of_a_message() {
    let needs = |body: CommandBody| {
        let command = command(&user(1, "mei"), body);
        let MessageNeeds { seq, reaction, message_before_last, .. } = command.needs().message.unwrap();
        (seq, reaction.cloned(), message_before_last)
    };
    assert_eq!(needs(edit("@ada").into()), (TARGET, None, false));
    assert_eq!(needs(delete().into()), (TARGET, None, true));
    assert_eq!(needs(react("👍", true).into()), (TARGET, Some(Emoji::existing("👍")), false));
    assert_eq!(needs(pin(true).into()), (TARGET, None, false));
    let command = command(&user(1, "mei"), edit("@Ada"));
    assert_eq!(command.needs().name_keys, [vec![name_key("ada")]]);
    assert_eq!(command.bytes(), "@Ada".len());
}

#[test]
fn a_retry_of_a_change_is_answered_as_before() {
    let mei = user(1, "mei");
    let kinds = [EventKind::Edited, EventKind::Deleted, EventKind::Reacted, EventKind::Pinned];
    let position = EventPosition { conversation: HERE, seq: Seq(7), at: Timestamp(1) };
    for (index, body) in all().into_iter().enumerate() {
        for (other, kind) in kinds.into_iter().enumerate() {
            let command = command(&mei, body.clone());
            let answer = command
                .answer_retry(&Earlier { position, event: Some(EarlierEvent { kind, content: None }) });
            assert_eq!(answer.is_ok(), index == other, "{body:?} with the id of {kind:?}");
        }
        let command = command(&mei, body);
        assert_eq!(command.answer_retry(&Earlier { position, event: None }), Ok(position));
        let elsewhere = EventPosition { conversation: ConversationId(8), ..position };
        let conflict = command.answer_retry(&Earlier { position: elsewhere, event: None });
        assert_eq!(conflict, Err(Refusal::IdempotencyConflict));
    }
}

#[test]
fn a_longer_name_of_a_member_is_not_a_mention_of_all() {
    let (stage, named) = (Stage::group(), user(4, "everyone看"));
    let members = Audience::of([stage.mei.id, stage.ada.id, named.id]);
    let mentions = |message: &str, members: &Audience| {
        let post = command(&stage.ada, Post::new(HERE, text(message)));
        match appended(decide(&post, &stage.conversation, members, std::slice::from_ref(&named))).body {
            EventBody::Posted(posted) => posted.mentions,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(mentions("@everyone看 this", &members), [named.id]);
    assert_eq!(mentions("@everyone看 and @everyone", &members), [UserId::ALL]);
    assert_eq!(mentions("@everyone看 this", &stage.members), [UserId::ALL], "who is no member is not meant");
}

#[test]
fn a_message_mentions_those_who_are_online_where_the_server_looked() {
    let stage = Stage::group();
    let mentions = |stage: &Stage, post: Post| match appended(stage.decide(&stage.mei, post)).body {
        EventBody::Posted(posted) => posted.mentions,
        other => panic!("{other:?}"),
    };
    let online = [stage.mei.id, stage.ada.id, UserId(99)];
    let here = |said: &str| Post::new(HERE, text(said)).with_online(online);
    assert_eq!(here("tea, @here?").wants_online(), Some(HERE));
    assert_eq!(
        mentions(&stage, here("tea, @here?")),
        [stage.ada.id, UserId::HERE],
        "members, without the author"
    );
    assert_eq!(mentions(&stage, here("@li and @Here")), [stage.ada.id, stage.li.id, UserId::HERE]);
    assert_eq!(mentions(&stage, here("@here and @everyone")), [UserId::ALL]);
    assert!(mentions(&stage, Post::new(HERE, text("@here"))).is_empty(), "nobody looked");
    for said in ["`@here`", "@hereby", "here"] {
        assert!(mentions(&stage, here(said)).is_empty(), "{said}");
        assert_eq!(here(said).wants_online(), None, "{said}");
    }
    assert_eq!(here("@here").in_thread(Some(TARGET), false).wants_online(), None);
    for kind in [ConversationKind::Direct, ConversationKind::Broadcast] {
        assert!(mentions(&Stage::new(kind), here("@here")).is_empty(), "{kind:?}");
    }
    let nobody = Post::new(HERE, text("@here")).with_online([stage.mei.id]);
    let append = appended(stage.decide(&stage.mei, nobody));
    assert_eq!(append.change, None, "the mark is no mention");
    let many = Post::new(HERE, text("@here")).with_online((1..2_000).map(UserId));
    let crowd = Stage { members: Audience::of((1..2_000).map(UserId)), ..Stage::group() };
    assert_eq!(mentions(&crowd, many).len(), MAX_HERE + 1);
}

#[test]
fn an_edit_leaves_a_mention_of_those_who_were_online_as_it_is() {
    let mut stage = Stage::group();
    let mentioned = vec![stage.li.id, UserId::HERE];
    stage.message().message.mentions.clone_from(&mentioned);
    stage.message().mentioned_before.clone_from(&mentioned);
    let change = stage.edits("and @mei");
    assert_eq!((change.edited.mentions, change.edited.notify), (mentioned.clone(), vec![]));
    assert_eq!((change.mentioned_so_far, change.unmentioned), (mentioned, vec![]));
    let mut stage = Stage::group();
    stage.message().message.text = text("before");
    assert!(stage.edits("@here").edited.mentions.is_empty(), "nor does an edit add one");
}

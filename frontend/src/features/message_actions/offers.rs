//! Which actions a user is offered for a message: the server's rules, so that it need not refuse.

use confab_shared::{
    conversation::{ConversationKind, MemberRole},
    id::Seq,
    state::State,
};

use crate::state::Scope;

/// The actions for one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offers {
    /// The text can be copied, and reactions given.
    pub(crate) react: bool,
    pub(crate) edit: bool,
    pub(crate) delete: bool,
    /// The message can be pinned or, where it is pinned, unpinned.
    pub(crate) pin: bool,
    /// A message can quote it.
    pub(crate) reply: bool,
    /// It and all behind it can be marked as unread: one's own messages are not.
    pub(crate) unread: bool,
    /// Who has read it can be listed, as far as they share that: in Everyone nobody does.
    pub(crate) readers: bool,
}

/// The actions for a message of the log. Nothing can be done with one that is deleted, or about to be, or not sent yet.
pub(crate) fn offers(state: &State, scope: impl Into<Scope>, seq: Seq) -> Offers {
    let Scope { id, thread } = scope.into();
    let (Some(me), Some(conversation)) = (state.me(), state.conversation(id)) else {
        return Offers::default();
    };
    let message = state.message(id, seq).map(|view| view.message);
    match message.filter(|message| message.deleted.is_none()) {
        Some(message) => {
            let offers = permitted(conversation.kind, conversation.role, message.by == me.id);
            // A thread is over once its root is deleted. And a pin leads to its message in the timeline.
            let root = thread.and_then(|root| state.quoted(id, root));
            let reply = root.is_none_or(|root| root.deleted.is_none());
            Offers { reply, pin: offers.pin && message.is_in_timeline(), ..offers }
        }
        None => Offers::default(),
    }
}

/// Whether a user may pin messages.
pub(crate) fn may_pin(kind: ConversationKind, role: MemberRole) -> bool {
    kind != ConversationKind::Broadcast || role == MemberRole::Admin
}

fn permitted(kind: ConversationKind, role: MemberRole, own: bool) -> Offers {
    let delete = own || role == MemberRole::Admin;
    let readers = kind != ConversationKind::Broadcast;
    Offers { react: true, edit: own, delete, pin: may_pin(kind, role), reply: true, unread: !own, readers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_follow_the_role_and_whose_message_it_is() {
        use ConversationKind::{Broadcast, Direct, Group};
        let table = [
            // kind, role, own: edit, delete, pin
            (Direct, MemberRole::Member, true, [true, true, true]),
            (Direct, MemberRole::Member, false, [false, false, true]),
            (Group, MemberRole::Member, true, [true, true, true]),
            (Group, MemberRole::Member, false, [false, false, true]),
            (Group, MemberRole::Admin, true, [true, true, true]),
            (Group, MemberRole::Admin, false, [false, true, true]),
            (Group, MemberRole::Unknown, false, [false, false, true]),
            (Broadcast, MemberRole::Member, true, [true, true, false]),
            (Broadcast, MemberRole::Member, false, [false, false, false]),
            (Broadcast, MemberRole::Admin, false, [false, true, true]),
        ];
        for (kind, role, own, [edit, delete, pin]) in table {
            let readers = kind != Broadcast;
            let expected = Offers { react: true, edit, delete, pin, reply: true, unread: !own, readers };
            assert_eq!(permitted(kind, role, own), expected, "{kind:?}, {role:?}, own: {own}");
        }
    }
}

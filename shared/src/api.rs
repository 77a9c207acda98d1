//! Bodies of `/api/v1`: JSON over HTTP, `Authorization: Bearer <token>`; a file per resource. An answer that is not a
//! success has an [`crate::error::ErrorBody`]. The bodies of commands are those of [`crate::command`].

mod conversations;
mod events;
mod me;
mod messages;
mod server;
mod sessions;
mod users;

pub use self::{
    conversations::{ConversationView, Members, NewConversation},
    events::{EventPage, MAX_EVENTS_PER_PAGE},
    me::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, Me, MeChange, PasswordChange},
    messages::{MAX_ITEMS_PER_PAGE, MAX_PINS_LISTED, MessagePage, Pins, Revision, Revisions},
    server::{Access, ServerInfo},
    sessions::{SignIn, SignedIn},
    users::{MAX_USERS_FOUND, Users},
};

//! Bodies of `/api/v1`: JSON over HTTP, `Authorization: Bearer <token>`; a file per resource. An answer that is not a
//! success has an [`crate::error::ErrorBody`]. The bodies of commands are those of [`crate::command`].

mod accounts;
mod attachments;
mod conversations;
mod drafts;
mod events;
mod invitations;
mod me;
mod messages;
mod readers;
mod saved;
mod search;
mod server;
mod sessions;
mod threads;
mod users;

pub use self::{
    accounts::{Account, AccountChange, Accounts, MAX_ACCOUNTS_PER_PAGE, NewAccount},
    attachments::{AttachmentLink, AttachmentLinks, LinksWanted, MAX_LINKS_PER_REQUEST},
    conversations::{
        ConversationPage, ConversationView, MAX_CONVERSATIONS_PER_PAGE, MAX_MEMBERS_PER_PAGE,
        MEMBERS_PER_PAGE, MarkUnread, Members, NewConversation,
    },
    drafts::{DraftChange, Drafts},
    events::{EventPage, MAX_EVENTS_PER_PAGE},
    invitations::{
        CreatedInvitation, Invitation, InvitationLookup, InvitationView, Invitations, MAX_INVITATION_GROUPS,
        MAX_INVITATION_SECONDS, MAX_INVITATION_USES, NewInvitation,
    },
    me::{
        MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, Me, MeChange, NewSecondFactor, PasswordChange, RecoveryCodes,
        SecondFactorCode, SecondFactorSecret,
    },
    messages::{MAX_ITEMS_PER_PAGE, MAX_PINS_LISTED, MessagePage, Pins, Revision, Revisions},
    readers::{MAX_READERS_PER_PAGE, MAX_SHOWN_READERS, ReadPositions, Reader, Readers},
    saved::{BadSavedCursor, MAX_SAVED, MAX_SAVED_PER_PAGE, Saved, SavedCursor, SavedMessage},
    search::{
        BadSearchCursor, HITS_PER_PAGE, MAX_HITS_PER_PAGE, MAX_UTC_OFFSET, SearchCursor, SearchHit,
        SearchPage,
    },
    server::{Access, ServerInfo, Settings},
    sessions::{MAX_SESSIONS_LISTED, SessionView, Sessions, SignIn, SignedIn},
    threads::{
        BadThreadCursor, FollowedThread, MAX_THREADS_PER_PAGE, ThreadChange, ThreadCursor, ThreadPage,
    },
    users::{MAX_USERS_FOUND, Users},
};

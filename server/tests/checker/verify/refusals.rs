//! The answers to commands that change messages: which of them rightly made no event.

use confab_shared::{
    error::ErrorCode,
    id::{ConversationId, UserId},
};

use super::{Verifier, Violation, log::Log};
use crate::{
    command::Command,
    history::{Answer, Attempt, Journal, What},
    support::person::EVERYONE,
};

impl Verifier<'_> {
    /// Compares the answers to changes with the log.
    pub(super) fn check_changes(&mut self, log: &Log) {
        for command in self.changes.remove(&log.id).unwrap_or_default() {
            let journal = &self.history.journals[usize::from(command.tab)];
            let attempt = journal.attempts[command.number as usize];
            let stands = self.found[usize::from(command.tab)][command.number as usize] != 0;
            match attempt.answer {
                Answer::Acked(seq, at) if !stands && log.messages.is_so(attempt.what, journal.user, seq) => {
                    self.unchanged.insert(command);
                    let first = (attempt.conversation, seq, at);
                    let more = self.more_acks.remove(&command).unwrap_or_default();
                    let more = more.iter().map(|ack| (ack.conversation, ack.seq, ack.at));
                    for acked in more.filter(|acked| *acked != first) {
                        self.note(Violation::OtherAck { command, acked, stands: first });
                    }
                }
                Answer::Refused(code) => {
                    if let Some(why) = self.refusal(log, journal, &attempt, code, stands) {
                        self.note_refusal(command, &attempt, code, why);
                    }
                }
                _ => {}
            }
        }
    }

    /// Why a change should not have been refused.
    fn refusal(
        &self,
        log: &Log,
        journal: &Journal,
        attempt: &Attempt,
        code: ErrorCode,
        stands: bool,
    ) -> Option<&'static str> {
        if stands {
            return Some("its event is in the log");
        }
        let own = attempt.what.target().and_then(|target| log.messages.author(target)) == Some(journal.user);
        let is_admin = self.founders.get(&log.id) == Some(&journal.user);
        let is_deleted =
            attempt.what.target().is_some_and(|target| log.messages.deleted_at(target).is_some());
        let right = match (code, attempt.what) {
            (ErrorCode::UnknownConversation, _) => self.has_left(journal.user, log.id),
            (ErrorCode::Forbidden, What::Edit(_)) => !own,
            (ErrorCode::Forbidden, What::Delete(_)) => !own && !is_admin,
            (ErrorCode::Forbidden, What::Pin(..)) => log.id == EVERYONE,
            (ErrorCode::UnknownMessage, What::Reply(reply)) => log.messages.may_refuse(reply),
            (ErrorCode::UnknownMessage, What::Edit(_) | What::React(..) | What::Pin(..)) => is_deleted,
            _ => false,
        };
        (!right).then_some("the log has no reason for it")
    }

    fn has_left(&self, user: UserId, id: ConversationId) -> bool {
        self.left.contains(&(user, id))
    }

    fn note_refusal(&mut self, command: Command, attempt: &Attempt, code: ErrorCode, why: &'static str) {
        let (conversation, what) = (attempt.conversation, attempt.what);
        self.note(Violation::Refused { command, conversation, what, code, why });
    }
}

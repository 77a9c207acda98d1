//! The members that were fetched, page by page.

use confab_shared::{
    api::{MAX_MEMBERS_PER_PAGE, MEMBERS_PER_PAGE, Members},
    user::User,
};

/// The members of a conversation, or those whose names begin with what the user searches for, as far as they were fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MemberPages {
    /// In the order of the server.
    pub(super) users: Vec<User>,
    /// Whether there are more behind them.
    pub(super) more: bool,
    /// Whether the whole list has more than one page.
    pub(super) is_long: bool,
    /// Counts the fetches of a first page: the answer to what was asked before the last one is of no use.
    begun: u32,
}

/// A page that is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageRequest {
    /// The member behind whom it begins, as they were listed; none for the first one.
    pub(super) after: Option<User>,
    /// What the names begin with; empty for all.
    pub(super) prefix: String,
    /// How many members it has at most.
    pub(super) limit: usize,
    begun: u32,
}

impl MemberPages {
    /// Begins anew, with as many members as are there, as far as one page may have them.
    pub(super) fn first(&mut self, prefix: &str) -> PageRequest {
        self.begun += 1;
        let limit = self.users.len().clamp(MEMBERS_PER_PAGE, MAX_MEMBERS_PER_PAGE);
        PageRequest { after: None, prefix: prefix.trim().to_owned(), limit, begun: self.begun }
    }

    /// The page behind those that are there.
    pub(super) fn next(&self, prefix: &str) -> PageRequest {
        let (after, prefix) = (self.users.last().cloned(), prefix.trim().to_owned());
        PageRequest { after, prefix, limit: MEMBERS_PER_PAGE, begun: self.begun }
    }

    /// Whether the answer to a request is still wanted.
    pub(super) fn wants(&self, request: &PageRequest) -> bool {
        request.begun == self.begun
    }

    /// Takes the answer to a request that is wanted.
    pub(super) fn take(&mut self, request: &PageRequest, page: Members) {
        if request.after.is_none() {
            self.users = page.users;
        } else if self.users.last() == request.after.as_ref() {
            self.users.extend(page.users);
        } else {
            // The same page came already.
            return;
        }
        self.more = page.more;
        self.is_long |= page.more && request.prefix.is_empty();
    }
}

#[cfg(test)]
mod tests {
    use confab_shared::{id::UserId, text::UserName};

    use super::*;

    fn page(names: &str, more: bool) -> Members {
        let user = |name| User::new(UserId(1), UserName::new(name).unwrap());
        Members { users: names.split_whitespace().map(user).collect(), presence: Vec::new(), more }
    }

    fn names(pages: &MemberPages) -> String {
        pages.users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn pages_follow_each_other() {
        let mut pages = MemberPages::default();
        let first = pages.first("");
        pages.take(&first, page("ada ben", true));
        let next = pages.next("");
        assert_eq!((next.after.as_ref(), next.limit), (pages.users.last(), MEMBERS_PER_PAGE));
        pages.take(&next, page("li", false));
        pages.take(&next, page("li", false));
        assert_eq!(names(&pages), "ada ben li", "a page that comes twice is taken once");
        assert!(pages.is_long && !pages.more);
    }

    #[test]
    fn a_search_begins_anew_and_a_late_answer_is_not_wanted() {
        let mut pages = MemberPages::default();
        let first = pages.first("");
        pages.take(&first, page("ada ben", true));
        let next = pages.next("");
        let search = pages.first(" b ");
        assert_eq!((search.after.as_ref(), search.prefix.as_str()), (None, "b"));
        assert!(pages.wants(&search) && !pages.wants(&next));
        pages.take(&search, page("ben", false));
        assert_eq!(names(&pages), "ben");
        assert!(pages.is_long, "the whole list still is");
    }

    #[test]
    fn what_is_fetched_again_has_no_fewer_members_than_one_page_may_have() {
        let mut pages = MemberPages::default();
        assert_eq!(pages.first("").limit, MEMBERS_PER_PAGE);
        let all = (0..120).map(|number| format!("user{number}")).collect::<Vec<_>>().join(" ");
        let request = pages.first("");
        pages.take(&request, page(&all, true));
        assert_eq!(pages.first("").limit, 120);
    }
}

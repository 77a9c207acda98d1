//! The people that the administration lists: the pages that were answered for the newest search.

use confab_shared::{
    api::{Account, Accounts},
    id::UserId,
};

/// The number of a request for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestNumber(u64);

/// The people of the newest search, as far as they were fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AccountList {
    accounts: Vec<Account>,
    more: bool,
    requests: u64,
    answered: bool,
}

impl AccountList {
    /// Begins a request: the answers of those before it do not count any more.
    pub(super) fn begin(&mut self) -> RequestNumber {
        self.requests += 1;
        RequestNumber(self.requests)
    }

    /// Whether a request is the newest one.
    pub(super) fn is_current(&self, request: RequestNumber) -> bool {
        self.requests == request.0
    }

    /// Takes over the answer of a request: the first page of a search, or one that continues the list.
    pub(super) fn answer(&mut self, request: RequestNumber, continues: bool, page: Accounts) {
        if !self.is_current(request) {
            return;
        }
        if !continues {
            self.accounts.clear();
        }
        self.accounts.extend(page.accounts);
        self.more = page.more;
        self.answered = true;
    }

    /// Replaces a person by what the server answered after a change.
    pub(super) fn replace(&mut self, changed: Account) {
        let same = |account: &&mut Account| account.user.id == changed.user.id;
        if let Some(account) = self.accounts.iter_mut().find(same) {
            *account = changed;
        }
    }

    /// The people, in the order of the server.
    pub(super) fn ids(&self) -> Vec<UserId> {
        self.accounts.iter().map(|account| account.user.id).collect()
    }

    pub(super) fn get(&self, id: UserId) -> Option<&Account> {
        self.accounts.iter().find(|account| account.user.id == id)
    }

    /// The name behind which the next page begins; none where this is all.
    pub(super) fn next_page_after(&self) -> Option<&str> {
        self.accounts.last().filter(|_| self.more).map(|account| account.user.name.as_str())
    }

    /// Whether the search found nobody.
    pub(super) fn found_nobody(&self) -> bool {
        self.answered && self.accounts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use confab_shared::{
        text::UserName,
        user::{ServerRole, User},
    };

    use super::*;

    fn account(id: u64, name: &str) -> Account {
        Account {
            user: User::new(UserId(id), UserName::new(name).expect("a name")),
            role: ServerRole::Member,
            active: true,
            has_password: true,
            has_second_factor: false,
            last_seen: None,
        }
    }

    fn page(names: &[(u64, &str)], more: bool) -> Accounts {
        Accounts { accounts: names.iter().map(|(id, name)| account(*id, name)).collect(), more }
    }

    #[test]
    fn pages_follow_each_other() {
        let mut list = AccountList::default();
        let first = list.begin();
        list.answer(first, false, page(&[(1, "anna"), (2, "ben")], true));
        assert_eq!(list.next_page_after(), Some("ben"));
        let second = list.begin();
        list.answer(second, true, page(&[(3, "mei")], false));
        assert_eq!((list.ids(), list.next_page_after()), (vec![UserId(1), UserId(2), UserId(3)], None));
        let search = list.begin();
        list.answer(search, false, page(&[(3, "mei")], false));
        assert_eq!(list.ids(), [UserId(3)]);
    }

    #[test]
    fn the_answer_of_an_earlier_search_is_dropped() {
        let mut list = AccountList::default();
        let (earlier, later) = (list.begin(), list.begin());
        assert!(!list.is_current(earlier) && list.is_current(later));
        list.answer(later, false, page(&[(3, "mei")], false));
        list.answer(earlier, false, page(&[(1, "anna")], true));
        assert_eq!((list.ids(), list.next_page_after()), (vec![UserId(3)], None));
    }

    #[test]
    fn a_changed_person_stays_in_their_place() {
        let mut list = AccountList::default();
        let request = list.begin();
        list.answer(request, false, page(&[(1, "anna"), (2, "ben")], false));
        list.replace(Account { active: false, ..account(1, "anna") });
        list.replace(account(9, "somebody-else"));
        assert_eq!(list.ids(), [UserId(1), UserId(2)]);
        assert_eq!(list.get(UserId(1)).map(|account| account.active), Some(false));
    }

    #[test]
    fn nobody_is_found_once_the_server_has_said_so() {
        let mut list = AccountList::default();
        assert!(!list.found_nobody());
        let request = list.begin();
        list.answer(request, false, page(&[], false));
        assert!(list.found_nobody());
    }
}

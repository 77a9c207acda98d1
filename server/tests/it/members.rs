//! Who is in a conversation: by page, and to whom that is told.

use confab_shared::{api::Members, error::ErrorCode, user::User};

use crate::support::{Person, Server, client_id, person::EVERYONE};

fn names(members: &Members) -> Vec<&str> {
    members.users.iter().map(|user| user.name.as_str()).collect()
}

/// Whose presence was told.
fn told(members: &Members, of: &[&User]) -> Vec<bool> {
    of.iter().map(|user| members.presence.iter().any(|presence| presence.user == user.id)).collect()
}

#[tokio::test]
async fn members_come_by_page_in_the_order_of_their_names() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    for name in ["Bo", "Ann", "anne", "zoe"] {
        Person::come(&server, name).await;
    }
    let id = mei.group("Trip", &["Bo", "Ann", "anne", "zoe"]).await;
    let page = async |query: &str| {
        let page = mei.members_page(id, query).await.unwrap();
        (names(&page).join(" "), page.more)
    };
    let is = |names: &str, more| (names.to_owned(), more);
    assert_eq!(page("limit=2").await, is("Ann anne", true));
    assert_eq!(page("limit=2&after=anne").await, is("Bo mei", true));
    assert_eq!(page("limit=2&after=MEI").await, is("zoe", false));
    assert_eq!(page("").await, is("Ann anne Bo mei zoe", false));
    assert_eq!(page("query=AN").await, is("Ann anne", false));
    assert_eq!(page("query=an&after=ann&limit=1").await, is("anne", false));
    assert_eq!(page("query=nobody").await, is("", false));
    for query in ["limit=0", "limit=501"] {
        mei.members_page(id, query).await.unwrap_err().is(400, ErrorCode::BadLimit);
    }
    let eve = Person::come(&server, "eve").await;
    eve.members_page(id, "").await.unwrap_err().is(404, ErrorCode::UnknownConversation);
}

#[tokio::test]
async fn a_guest_is_not_told_who_has_ever_come() {
    let server = Server::start().await;
    let (mei, eve) = (Person::come(&server, "mei").await, Person::come(&server, "eve").await);
    eve.members(EVERYONE).await.unwrap_err().is(403, ErrorCode::Forbidden);
    assert!(eve.find("").await.unwrap().users.is_empty(), "nor by a search for nothing");
    assert_eq!(
        eve.find("me").await.unwrap().users,
        std::slice::from_ref(&mei.user),
        "one finds whom one looks for"
    );
    mei.set_password("a horse in the garden").await;
    let members = mei.members(EVERYONE).await.unwrap();
    assert_eq!(names(&members), ["eve", "mei"]);
    assert_eq!(told(&members, &[&eve.user, &mei.user]), [false, true], "only her own");
}

#[tokio::test]
async fn a_guest_of_a_server_for_accounts_finds_whole_names_only() {
    let mut server = Server::start().await;
    let (mei, eve) = (Person::come(&server, "mei").await, Person::come(&server, "eve").await);
    mei.set_password("a horse in the garden").await;
    assert!(server.sigterm().await.success());
    // Guests keep their sessions.
    server.variable("CONFAB_ACCESS", "accounts");
    server.restart().await;
    assert!(eve.find("me").await.unwrap().users.is_empty());
    assert_eq!(eve.find("Mei").await.unwrap().users, std::slice::from_ref(&mei.user));
    assert_eq!(
        mei.find("ev").await.unwrap().users,
        std::slice::from_ref(&eve.user),
        "somebody with an account finds all"
    );
}

#[tokio::test]
async fn in_a_group_those_see_each_other_who_take_part() {
    let server = Server::start().await;
    let (mei, ada, li) = (
        Person::come(&server, "mei").await,
        Person::come(&server, "ada").await,
        Person::come(&server, "li").await,
    );
    let id = mei.group("Trip", &["ada", "li"]).await;
    let all = [&mei.user, &ada.user, &li.user];
    let seen = async |person: &Person| told(&person.members(id).await.unwrap(), &all);
    assert_eq!(seen(&mei).await, [true, false, false], "nobody asked the others");
    assert_eq!(seen(&li).await, [false, false, true]);
    li.post_text(id, "I am in").await;
    assert_eq!(seen(&mei).await, [true, false, true]);
    assert_eq!(seen(&li).await, [true, false, true]);
    assert_eq!(seen(&ada).await, [false, true, false], "who says nothing, sees nobody");
    // Two who talk with each other see each other everywhere.
    let direct = ada.direct("mei").await;
    ada.post_text(direct, "shall we?").await;
    assert_eq!(seen(&ada).await, [false, true, false]);
    mei.post_text(direct, "yes").await;
    assert_eq!(seen(&ada).await, [true, true, false]);
    li.leave(id, client_id()).await.unwrap();
    mei.add(id, client_id(), &["li"]).await.unwrap();
    assert_eq!(seen(&mei).await, [true, true, false], "added once more, and not asked");
}

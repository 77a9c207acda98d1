//! Names as the page keeps, sorts and counts them.

use std::collections::HashMap;

use confab_shared::{name_key::name_key, text::UserName};
use serde_json::json;

use super::door_of;
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
    client_id,
};

async fn signs_out(tab: &Tab) {
    tab.click("settings").await;
    tab.click("sign-out").await;
    tab.part("sign-in-name").await;
}

/// Comes in under a name that the server knows in another form.
async fn comes_in_as(tab: &Tab, written: &str, known: &str) {
    tab.type_into("sign-in-name", written).await;
    tab.click("sign-in-submit").await;
    tab.shows("me-name", known).await;
    tab.online().await;
}

#[tokio::test]
async fn a_name_written_in_another_form_is_the_same_persons() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&format!("http://localhost:{}/", server.port())).await;
    for (first, then) in
        [("Ｗａｎｇ", "Wang"), ("José", "Jose\u{301}"), ("Rene\u{301}", "René"), ("ﬁ", "fi"), ("ΣΑΣ", "σας")]
    {
        comes_in_as(&tab, first, first).await;
        signs_out(&tab).await;
        comes_in_as(&tab, then, first).await;
        signs_out(&tab).await;
    }
}

#[tokio::test]
async fn the_key_that_an_earlier_page_kept_still_opens_the_name() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&format!("http://localhost:{}/", server.port())).await;
    comes_in_as(&tab, "Ｗａｎｇ", "Ｗａｎｇ").await;
    signs_out(&tab).await;
    // As it was kept when nothing was folded but case.
    tab.run(
        "const [entry] = Object.keys(localStorage).filter(entry => entry.startsWith('confab.guest-key.')); \
         const key = localStorage[entry]; localStorage.removeItem(entry); \
         localStorage['confab.guest-key.' + 'Ｗａｎｇ'.toLowerCase()] = key",
    )
    .await;
    comes_in_as(&tab, "wang", "Ｗａｎｇ").await;
    let entries = "Object.keys(localStorage).filter(entry => entry.startsWith('confab.guest-key.'))";
    assert_eq!(tab.run(&format!("return {entries}")).await, json!(["confab.guest-key.wang"]));
}

/// What the page's own folding rests on.
#[tokio::test]
async fn a_browser_folds_names_as_the_server_does() {
    let browser = Browser::start().await;
    let tab = browser.open("about:blank").await;
    // Behind it are no characters that names have.
    const ASSIGNED: u32 = 0x34000;
    const FOLD: &str = "const fold = name => \
        name.replace(/[\\u200c\\u200d]/g, '').normalize('NFKC').toLowerCase().normalize('NFKC'); ";
    let changed = tab
        .run(&format!(
            "{FOLD} const changed = {{}}; for (let code = 0; code < {ASSIGNED}; code++) {{ \
             if (code >= 0xd800 && code <= 0xdfff) continue; \
             const c = String.fromCodePoint(code); \
             if (/\\p{{Cn}}/u.test(c)) changed[code] = null; else if (fold(c) !== c) changed[code] = fold(c); }} \
             return changed"
        ))
        .await;
    let changed: HashMap<u32, Option<String>> = serde_json::from_value(changed).unwrap();
    let in_names = |c: &char| UserName::new(&c.to_string()).is_ok_and(|name| name.may_be_taken().is_ok());
    let differ: Vec<char> = (char::MIN..=char::MAX)
        .take_while(|c| u32::from(*c) < ASSIGNED)
        .filter(in_names)
        .filter(|c| match changed.get(&u32::from(*c)) {
            // Newer than the browser.
            Some(None) => false,
            Some(Some(folded)) => *folded != name_key(&c.to_string()),
            None => c.to_string() != name_key(&c.to_string()),
        })
        .collect();
    assert!(differ.is_empty(), "{differ:?}");
    for name in [
        "ΣΑΣ",
        "σΑΣ.ΣΑ",
        "Jose\u{301}",
        "İstanbul",
        "가각",
        "e\u{327}\u{301}",
        "ﬀﬁ",
        "Ａ\u{30a}",
        "ŉ",
        "ǰ\u{323}",
        "علی\u{200c}رضا",
    ] {
        let folded = tab.run(&format!("{FOLD} return fold({})", json!(name))).await;
        assert_eq!(folded, name_key(name), "{name}");
    }
}

#[tokio::test]
async fn members_stand_in_the_order_that_a_person_expects() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let names = ["100", "10", "Zoe", "1", "anna", "2", "0", "Ben", "Ärmel"];
    let tab = browser.open(&door_of(&server, "me")).await;
    tab.online().await;
    tab.may_be_added().await;
    for name in names {
        Person::come(&server, name).await;
    }
    tab.begin_group("Crowd", &names).await;
    tab.click("details").await;
    let shown = "[...document.querySelectorAll('[data-testid=member]')].map(m => m.dataset.name).join(' ')";
    tab.until("the members in order", &format!("{shown} === '0 1 2 10 100 anna Ärmel Ben me Zoe'")).await;
}

#[tokio::test]
async fn many_names_are_a_few_and_a_number_until_all_are_asked_for() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mei = Person::come(&server, "mei").await;
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.online().await;
    tab.may_be_added().await;
    let mut names: Vec<String> = (0..40).rev().map(|number| format!("user{number}")).collect();
    for name in &names {
        Person::come(&server, name).await;
    }
    names.push("anna".to_owned());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let few = mei.group("Few", &["anna", "user0", "user1", "user10"]).await;
    let many = mei.group("Many", &names).await;
    assert_ne!(few, many);
    let notices = "[...document.querySelectorAll('[data-testid=notice] > span')].map(n => n.textContent)";

    tab.choose("Few").await;
    tab.until("all of a few", &format!("{notices}.includes('mei added you, user0, user1 and user10')")).await;
    tab.gone("notice-more").await;
    tab.choose("Many").await;
    tab.until("a few of many", &format!("{notices}.includes('mei added you, user0, user1 and 38 others')"))
        .await;
    tab.click("notice-more").await;
    tab.until("all of many", &format!("{notices}[1].endsWith('user37, user38 and user39')")).await;
    tab.click("notice-more").await;
    tab.until("a few again", &format!("{notices}[1].endsWith('and 38 others')")).await;
    tab.run("localStorage['confab.language'] = 'zh-CN'").await;
    tab.reload().await;
    tab.until("in Chinese", &format!("{notices}.includes('mei添加了你、user0、user1和另外 38 人')")).await;
}

#[tokio::test]
async fn counts_and_lists_are_worded_as_language_and_region_ask() {
    let server = Server::start().await;
    let american = Browser::looking(Look { language: "en-US", ..Look::DESKTOP }).await;
    let (mei, li) = (Person::come(&server, "mei").await, Person::come(&server, "li").await);
    let tab = american.open(&door_of(&server, "anna")).await;
    tab.online().await;
    tab.may_be_added().await;
    let trip = mei.group("Trip", &["anna", "li"]).await;
    let pair = mei.group("Pair", &["anna"]).await;
    let notices = "[...document.querySelectorAll('[data-testid=notice] > span')].map(n => n.textContent)";
    let status = async |wanted: &str| {
        let shown = "document.querySelector('[data-testid=conversation-status]')?.textContent";
        tab.until(wanted, &format!("{shown} === '{wanted}'")).await;
    };

    tab.choose("Trip").await;
    tab.until("a list of two", &format!("{notices}.includes('mei added you and li')")).await;
    status("3 members").await;
    let (mut from_mei, mut from_li) = (mei.connect().await, li.connect().await);
    from_mei.typing(trip).await;
    status("mei is typing…").await;
    from_li.typing(trip).await;
    status("mei and li are typing…").await;

    tab.choose("Pair").await;
    status("2 members").await;
    mei.leave(pair, client_id()).await.unwrap();
    status("1 member").await;

    Person::come(&server, "ben").await;
    mei.group("Four", &["anna", "ben", "li"]).await;
    tab.choose("Four").await;
    // A British reader has no comma before the last name.
    tab.until("a list of three", &format!("{notices}.includes('mei added you, ben, and li')")).await;
}

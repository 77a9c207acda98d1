//! The main job: people in tabs talk to each other.

use super::{door_of, turn_to};
use crate::support::{
    Server,
    browser::{Browser, Look, Tab},
};

/// Two tabs of one browser, as two people who have each other's conversation open.
async fn two_tabs(server: &Server, browser: &Browser) -> (Tab, Tab) {
    let one = browser.open(&door_of(server, "123")).await;
    one.online().await;
    one.may_be_added().await;
    let other = browser.open(&door_of(server, "456")).await;
    other.online().await;
    other.may_be_added().await;
    turn_to(&one, "456").await;
    turn_to(&other, "123").await;
    (one, other)
}

#[tokio::test]
async fn two_tabs_talk_both_ways() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (one, other) = two_tabs(&server, &browser).await;

    one.say("did it arrive?").await;
    other.hears("did it arrive?").await;
    other.say("yes, and this too?").await;
    one.hears("yes, and this too?").await;
    one.say("yes").await;
    one.said("yes").await;

    let all = ["did it arrive?", "yes, and this too?", "yes"];
    one.shows_messages(&all).await;
    other.shows_messages(&all).await;
}

#[tokio::test]
async fn two_tabs_talk_in_chinese() {
    let server = Server::start().await;
    let browser = Browser::looking(Look::DESKTOP.chinese()).await;
    let one = browser.open(&door_of(&server, "%E6%9D%8E%E9%9B%B7")).await;
    one.shows("me-name", "李雷").await;
    let other = browser.open(&door_of(&server, "%E9%9F%A9%E6%A2%85%E6%A2%85")).await;
    other.shows("me-name", "韩梅梅").await;
    turn_to(&one, "韩梅梅").await;
    one.say("你好,明天几点见?").await;
    other.choose("李雷").await;
    other.hears("你好,明天几点见?").await;
    other.say("八点,老地方!").await;
    one.hears("八点,老地方!").await;
    let language = one.run("return document.documentElement.lang").await;
    assert!(language.as_str().is_some_and(|language| language.starts_with("zh")), "{language}");
}

#[tokio::test]
async fn three_talk_in_a_group() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    anna.may_be_added().await;
    let ben = browser.open(&door_of(&server, "ben")).await;
    ben.online().await;
    ben.may_be_added().await;
    let mei = browser.open(&door_of(&server, "mei")).await;
    mei.online().await;
    mei.may_be_added().await;

    mei.begin_group("Weekend trip", &["anna", "ben"]).await;
    mei.say("the early train?").await;
    for friend in [&anna, &ben] {
        friend.choose("Weekend trip").await;
        friend.hears("the early train?").await;
    }
    ben.say("fine with me").await;
    anna.say("me too").await;
    for person in [&anna, &ben, &mei] {
        person.hears("fine with me").await;
        person.hears("me too").await;
    }

    ben.click("details").await;
    ben.click("leave").await;
    ben.click("leave-confirm").await;
    ben.until("the group gone", "!document.querySelector(`[data-name='Weekend trip']`)").await;
    ben.until("home", "location.pathname === '/'").await;
    mei.say("where is ben?").await;
    anna.hears("where is ben?").await;
}

#[tokio::test]
async fn a_broadcast_reaches_everyone() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let ops = browser.open(&door_of(&server, "ops")).await;
    ops.choose("Everyone").await;
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    anna.may_be_added().await;
    ops.say("maintenance tonight").await;
    anna.choose("Everyone").await;
    anna.hears("maintenance tonight").await;
}

#[tokio::test]
async fn unread_is_counted_in_the_list_and_the_title_until_it_is_read() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    anna.may_be_added().await;
    let ben = browser.open(&door_of(&server, "ben")).await;
    turn_to(&ben, "anna").await;
    ben.say("one").await;
    ben.say("two").await;
    anna.shows("unread-badge", "2").await;
    anna.until("the count in the title", "document.title.startsWith('(2)')").await;
    ben.said("two").await;

    anna.choose("ben").await;
    anna.hears("two").await;
    // The other sees that once there is an answer.
    anna.say("three").await;
    ben.hears("three").await;
    anna.gone("unread-badge").await;
    anna.until("a title without a count", "!document.title.startsWith('(')").await;
    ben.until("the message as seen", "!!document.querySelector('[data-testid=message][data-state=seen]')")
        .await;
}

#[tokio::test]
async fn one_sees_that_the_other_is_writing_and_here() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (one, other) = two_tabs(&server, &browser).await;
    one.say("hello").await;
    other.hears("hello").await;
    one.gone("conversation-item online-dot").await;
    other.say("hello").await;
    // Two who have answered each other see that the other is there.
    one.part("conversation-item online-dot").await;
    other.part("conversation-item online-dot").await;
    one.type_into("composer-input", "I am think").await;
    other.part("typing-line").await;
    one.close().await;
    other.gone("conversation-item online-dot").await;
}

#[tokio::test]
async fn what_looks_like_html_is_text_and_what_is_a_link_is_one() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (one, other) = two_tabs(&server, &browser).await;
    let attack = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>";
    one.say(attack).await;
    other.hears(attack).await;
    one.say("see https://oldtown.example/map?a=1&b=2, it is good").await;
    let link = "document.querySelector('[data-testid=message-text] a')";
    let href = other.until("the link", &format!("{link}?.getAttribute('href')")).await;
    assert_eq!(href, "https://oldtown.example/map?a=1&b=2");
    let rel = other.run(&format!("return {link}.rel")).await;
    assert!(rel.as_str().is_some_and(|rel| rel.contains("noopener")), "{rel}");
    let drawn =
        other.run("return document.querySelectorAll('[data-testid=message-text] :is(img, b)').length").await;
    assert_eq!(drawn, 0);
    one.say("javascript:alert(1)").await;
    other.hears("javascript:alert(1)").await;
    let links = other.run("return document.querySelectorAll('[data-testid=message-text] a').length").await;
    assert_eq!(links, 1);
}

#[tokio::test]
async fn on_a_phone_there_is_one_column() {
    let server = Server::start().await;
    let (phone, desk) = (Browser::looking(Look::PHONE).await, Browser::start().await);
    let mei = desk.open(&door_of(&server, "mei")).await;
    mei.online().await;
    mei.may_be_added().await;
    let anna = phone.open(&door_of(&server, "anna")).await;
    turn_to(&anna, "mei").await;
    anna.say("on my way").await;
    mei.choose("anna").await;
    mei.hears("on my way").await;

    let visible = |part: &str| format!("!!document.querySelector('[data-testid={part}]')?.offsetParent");
    anna.until("the conversation alone", &format!("{} && !({})", visible("timeline"), visible("sidebar")))
        .await;
    let wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
    assert_eq!(anna.run(&format!("return {wide}")).await, false, "the page scrolls sideways");
    anna.click("back").await;
    anna.until("the list alone", &format!("{} && !({})", visible("sidebar"), visible("timeline"))).await;
    anna.choose("mei").await;
    anna.hears("on my way").await;
    anna.back().await;
    anna.until("the list again", &visible("sidebar")).await;
}

#[tokio::test]
async fn who_is_called_by_name_sees_it_in_the_list() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    anna.may_be_added().await;
    let ben = browser.open(&door_of(&server, "ben")).await;
    ben.choose("Everyone").await;
    ben.say("hello").await;
    anna.shows("unread-badge", "1").await;
    ben.say("@anna are you there?").await;
    anna.shows("unread-badge", "@ 2").await;
}

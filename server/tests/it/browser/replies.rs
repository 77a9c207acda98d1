//! Replies: a message quotes another, which a click leads to.

use confab_shared::{command::Send, id::Seq};

use super::message_actions::{FOCUSED, Scene, choose, selector, selector_of, use_toolbar};
use crate::support::{
    Person, Server,
    browser::{Browser, Look},
    client_id,
    network::Network,
};

const QUOTE: &str = "document.querySelector('[data-testid=quote]')?.textContent";

/// Whether a message is wholly in view.
fn in_view(message: &str) -> String {
    format!(
        "(area => !!area && area.top > 0 && area.bottom < innerHeight)\
         (document.querySelector(\"{message}\")?.getBoundingClientRect())"
    )
}

#[tokio::test]
async fn a_reply_quotes_its_original_and_follows_it() {
    let scene = Scene::start().await;
    let original = scene.anna_says("platform 3").await;
    use_toolbar(&scene.ben, &original, "action-reply").await;
    scene.ben.shows("reply-bar", "anna").await;
    scene.ben.shows("reply-bar", "platform 3").await;
    scene.ben.until("the field", &format!("{FOCUSED} === 'composer-input'")).await;
    scene.ben.say("thanks").await;
    scene.ben.gone("reply-bar").await;
    scene.ben.until("the quote", &format!("{QUOTE} === 'annaplatform 3'")).await;
    scene.anna.until("the quote", &format!("{QUOTE} === 'Youplatform 3'")).await;
    scene.anna.type_into("composer-input", "\u{e013}\u{e009}a\u{e000}platform 4\u{e007}").await;
    scene.ben.until("the edit", &format!("{QUOTE} === 'annaplatform 4'")).await;
    choose(&scene.anna, &original, "menu-delete").await;
    scene.anna.click("delete-confirm").await;
    for tab in [&scene.anna, &scene.ben] {
        tab.until("the mark", &format!("{QUOTE}.endsWith('Deleted message')")).await;
    }
    scene.ben.reload().await;
    scene.ben.until("the mark", &format!("{QUOTE} === 'annaDeleted message'")).await;
}

/// Ben's page shows Mei's reply to the first of many messages, which is not in the document.
async fn far_away() -> (Scene, String) {
    let mut scene = Scene::start().await;
    let original = scene.mei_says("the address is Old Street 5").await;
    let seq = original.replace(|c: char| !c.is_ascii_digit(), "").parse().expect("a seq");
    scene.ben.choose("Everyone").await;
    for number in 0..300 {
        scene.socket.send_text(scene.group, &format!("message {number}")).await;
    }
    let reply =
        Send { reply_to: Some(Seq(seq)), ..Send::new(client_id(), scene.group, "there it is".to_owned()) };
    scene.socket.carry_out(reply).await.expect("it is taken");
    scene.ben.reload().await;
    scene.ben.choose("Trip").await;
    scene.ben.click("jump-to-newest").await;
    scene.ben.hears("there it is").await;
    scene.ben.until("the quote", &format!("{QUOTE} === 'meithe address is Old Street 5'")).await;
    scene.ben.until("the original far away", &format!("!document.querySelector(\"{original}\")")).await;
    (scene, original)
}

#[tokio::test]
async fn a_click_on_the_quote_leads_to_the_original() {
    let (scene, original) = far_away().await;
    scene.ben.click("quote").await;
    scene.ben.until("the original", &in_view(&original)).await;
    scene.ben.part("message").await;
    let found = format!("!!document.querySelector(\".found {original}\")");
    scene.ben.until("it is highlighted", &found).await;
}

#[tokio::test]
async fn enter_on_the_quote_takes_the_keyboard_to_the_original() {
    let (scene, original) = far_away().await;
    let seq = original.replace(|c: char| !c.is_ascii_digit(), "");
    scene.ben.run("document.querySelector('[data-testid=timeline]').focus()").await;
    scene.ben.press("ArrowUp").await;
    scene.ben.until("a message", "!!document.activeElement.dataset.seq").await;
    scene.ben.press("Tab").await;
    scene.ben.until("the quote", &format!("{FOCUSED} === 'quote'")).await;
    scene.ben.press("Enter").await;
    scene.ben.until("the original", &in_view(&original)).await;
    scene.ben.until("the keyboard there", &format!("{FOCUSED} === '{seq}'")).await;
}

#[tokio::test]
async fn a_quote_has_the_form_of_its_original_and_nothing_to_click_on() {
    let mut scene = Scene::start().await;
    let said = "**platform 3**, `08:12`, ||not yet||, [map](https://oldtown.example)\n- tickets";
    let seq = scene.socket.send_text(scene.group, said).await.seq;
    let original = selector(seq);
    scene.ben.until("it is there", &format!("!!document.querySelector(\"{original}\")")).await;
    use_toolbar(&scene.ben, &original, "action-reply").await;
    scene.ben.shows("reply-bar", "platform 3, 08:12, ▒▒▒▒, map • tickets").await;
    scene.ben.say("thanks").await;
    for tab in [&scene.anna, &scene.ben] {
        let part = |tag: &str| format!("document.querySelector('[data-testid=quote] {tag}')?.textContent");
        tab.until("bold", &format!("{} === 'platform 3'", part("strong"))).await;
        tab.until("code", &format!("{} === '08:12'", part("code"))).await;
        tab.until("hidden", &format!("{QUOTE} === 'meiplatform 3, 08:12, ▒▒▒▒, map • tickets'")).await;
        let within = "document.querySelectorAll('[data-testid=quote] :is(a, button, [tabindex])').length";
        assert_eq!(tab.run(&format!("return {within}")).await, 0);
    }
}

#[tokio::test]
async fn a_draft_keeps_what_it_replies_to_until_that_is_given_up() {
    let scene = Scene::start().await;
    let original = scene.anna_says("platform 3").await;
    choose(&scene.ben, &original, "menu-reply").await;
    scene.ben.type_into("composer-input", "half a thought").await;
    scene.ben.reload().await;
    scene.ben.shows("reply-bar", "platform 3").await;
    scene.ben.type_into("composer-input", "\u{e00c}").await;
    scene.ben.gone("reply-bar").await;
    choose(&scene.ben, &original, "menu-reply").await;
    scene.ben.part("reply-bar").await;
    // By the keyboard, which is in the field afterwards.
    scene.ben.type_into("reply-cancel", "\u{e007}").await;
    scene.ben.gone("reply-bar").await;
    scene
        .ben
        .until("the field has the keyboard", "document.activeElement.matches('[data-testid=composer-input]')")
        .await;
    scene.ben.type_into("composer-input", "\u{e007}").await;
    scene.anna.hears("half a thought").await;
    scene.anna.gone("quote").await;
    // Nothing replies to what is deleted.
    choose(&scene.ben, &original, "menu-reply").await;
    scene.ben.part("reply-bar").await;
    choose(&scene.anna, &original, "menu-delete").await;
    scene.anna.click("delete-confirm").await;
    scene.ben.gone("reply-bar").await;
}

#[tokio::test]
async fn r_replies_to_the_message_at_the_keyboard() {
    let scene = Scene::start().await;
    scene.anna_says("platform 3").await;
    scene.ben.run("document.querySelector('[data-testid=timeline]').focus()").await;
    scene.ben.press("ArrowUp").await;
    scene.ben.until("a message", "!!document.activeElement.dataset.seq").await;
    scene.ben.press("r").await;
    scene.ben.shows("reply-bar", "platform 3").await;
    scene.ben.until("the field", &format!("{FOCUSED} === 'composer-input'")).await;
    scene.ben.say("thanks").await;
    scene.anna.until("the quote", &format!("{QUOTE} === 'Youplatform 3'")).await;
    let reply = selector_of(&scene.anna, "thanks").await;
    let label = format!("document.querySelector(\"{reply}\").closest('.row').getAttribute('aria-label')");
    scene.anna.until("it is told", &format!("{label}.includes('a reply')")).await;
}

#[tokio::test]
async fn on_a_phone_in_chinese_a_long_press_leads_to_a_reply() {
    let scene = Scene::looking(Look::PHONE.chinese()).await;
    let original = scene.anna_says("三号站台").await;
    scene.ben.touch(&original).await;
    scene.ben.part("message-menu").await;
    scene.ben.lift().await;
    scene.ben.shows("menu-reply", "回复").await;
    scene.ben.click("menu-reply").await;
    scene.ben.shows("reply-bar", "三号站台").await;
    scene.ben.say("谢谢").await;
    scene.anna.until("the quote", &format!("{QUOTE} === '你三号站台'")).await;
}

#[tokio::test]
async fn a_reply_that_waits_has_its_quote_and_is_sent_as_a_reply() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let network = Network::to(&server).await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    let tab = browser.open(&network.url("/?userID=anna")).await;
    tab.online().await;
    let conversation = mei.direct("anna").await;
    let original = socket.send_text(conversation, "platform 3").await.seq;
    tab.choose("mei").await;
    tab.hears("platform 3").await;
    network.cut_sockets();
    tab.part("connection-banner").await;
    choose(&tab, &selector(original), "menu-reply").await;
    tab.say("thanks").await;
    let waiting = "document.querySelector('[data-state=pending] [data-testid=quote]')?.textContent";
    tab.until("the quote", &format!("{waiting} === 'meiplatform 3'")).await;
    network.heal();
    tab.said("thanks").await;
    tab.until("the quote", &format!("{QUOTE} === 'meiplatform 3'")).await;
    let page = mei.messages(conversation, "").await.expect("the messages");
    let last = page.items.last().and_then(|item| item.message()).expect("a message");
    assert_eq!((last.text.as_str(), last.reply_to), ("thanks", Some(original)));
}

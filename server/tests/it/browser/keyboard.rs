//! The page by the keyboard alone.

use super::{door_of, turn_to};
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
};

const UP: &str = "\u{e013}";
const DOWN: &str = "\u{e015}";
const HOME: &str = "\u{e011}";
const END: &str = "\u{e010}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const TAB: &str = "\u{e004}";
/// Control and K.
const SEARCH: &str = "\u{e009}k\u{e000}";

/// Presses keys wherever the keyboard is.
async fn press(tab: &Tab, keys: &str) {
    let focused = tab.focused().await;
    focused.send_keys(keys).await.expect("keys can be pressed");
}

async fn focus_is_on(tab: &Tab, name: &str) {
    tab.until(&format!("the focus on {name}"), &format!("document.activeElement.dataset.name === '{name}'"))
        .await;
}

async fn anna(server: &Server, browser: &Browser) -> Tab {
    let tab = browser.open(&door_of(server, "anna")).await;
    tab.online().await;
    tab.may_be_added().await;
    tab
}

#[tokio::test]
async fn arrow_keys_move_through_the_list_and_tab_leaves_it() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = anna(&server, &browser).await;
    let mei = Person::come(&server, "mei").await;
    for number in 0..60 {
        mei.group(&format!("Group {number:02}"), &["anna"]).await;
    }
    tab.until("the newest", "!!document.querySelector(`[data-name='Group 59']`)").await;
    tab.run("document.querySelector('[data-testid=filter]').focus()").await;
    press(&tab, DOWN).await;
    focus_is_on(&tab, "Group 59").await;
    press(&tab, &format!("{DOWN}{DOWN}{UP}")).await;
    focus_is_on(&tab, "Group 58").await;
    press(&tab, END).await;
    focus_is_on(&tab, "Everyone").await;
    let in_view = "(() => { const row = document.activeElement.getBoundingClientRect(); \
                   const list = document.querySelector('.sidebar-list').getBoundingClientRect(); \
                   return row.top >= list.top && row.bottom <= list.bottom })()";
    tab.until("the row in view", in_view).await;
    press(&tab, UP).await;
    focus_is_on(&tab, "Group 00").await;

    // A message moves the row of another conversation past it; the focus stays.
    let group = mei.group("The newest", &["anna"]).await;
    mei.connect().await.send_text(group, "hello").await;
    tab.until("the message", "document.title.startsWith('(1)')").await;
    focus_is_on(&tab, "Group 00").await;
    press(&tab, HOME).await;
    focus_is_on(&tab, "The newest").await;
    press(&tab, TAB).await;
    tab.until("the keyboard beyond the list", "!document.activeElement.closest('.sidebar-list')").await;
    // Back into the list leads to where it was left.
    tab.run("document.querySelector('[data-name=\"The newest\"]').focus()").await;
    press(&tab, DOWN).await;
    focus_is_on(&tab, "Group 59").await;
    press(&tab, ENTER).await;
    tab.shows("conversation-title", "Group 59").await;
    let stops = "document.querySelectorAll('.sidebar-list [tabindex=\"0\"]').length";
    assert_eq!(tab.run(&format!("return {stops}")).await, 1);
}

#[tokio::test]
async fn the_focus_stays_on_a_conversation_that_moves_to_the_top() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = anna(&server, &browser).await;
    let mei = Person::come(&server, "mei").await;
    let first = mei.group("First", &["anna"]).await;
    mei.group("Second", &["anna"]).await;
    tab.until("both", "!!document.querySelector('[data-name=Second]')").await;
    tab.run("document.querySelector('[data-name=First]').focus()").await;
    mei.connect().await.send_text(first, "hello").await;
    tab.until(
        "the first above",
        "document.querySelector('[data-testid=conversation-item]').dataset.name === 'First'",
    )
    .await;
    focus_is_on(&tab, "First").await;
}

#[tokio::test]
async fn a_search_opens_the_exact_name_with_enter() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = anna(&server, &browser).await;
    let person = Person::come(&server, "456").await;
    person.direct("anna").await;
    let direct = person.direct("anna").await;
    person.connect().await.send_text(direct, "hello").await;
    person.group("Room 456", &["anna"]).await;
    person.group("4567", &["anna"]).await;
    tab.until("all three", "document.querySelectorAll('[data-testid=conversation-item]').length === 4").await;
    press(&tab, &format!("{SEARCH}456{ENTER}")).await;
    tab.shows("conversation-title", "456").await;
    tab.until("an empty field", "document.querySelector('[data-testid=filter]').value === ''").await;
    tab.until(
        "the keyboard in the message field",
        "document.activeElement.dataset.testid === 'composer-input'",
    )
    .await;
    // The arrow keys choose another one.
    press(&tab, &format!("{SEARCH}456{DOWN}{DOWN}{ENTER}")).await;
    tab.shows("conversation-title", "Room 456").await;
}

#[tokio::test]
async fn a_search_starts_a_conversation_with_a_person() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = anna(&server, &browser).await;
    Person::come(&server, "456").await;
    // Enter comes before the server's answer.
    press(&tab, &format!("{SEARCH}456{ENTER}")).await;
    tab.shows("conversation-title", "456").await;
}

#[tokio::test]
async fn a_person_of_the_exact_name_comes_before_groups_that_contain_it() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = anna(&server, &browser).await;
    let person = Person::come(&server, "456").await;
    person.group("Room 456", &["anna"]).await;
    tab.until("the group", "!!document.querySelector(`[data-name='Room 456']`)").await;
    press(&tab, &format!("{SEARCH}456")).await;
    tab.part("person-found").await;
    let active = "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))";
    tab.until("the person as the best hit", &format!("{active}?.dataset.testid === 'person-found'")).await;
    assert_eq!(tab.run(&format!("return {active}.ariaSelected")).await, "true");
    press(&tab, UP).await;
    tab.until("the group before", &format!("{active}?.dataset.name === 'Room 456'")).await;
}

#[tokio::test]
async fn suggestions_are_taken_with_arrow_keys_and_enter() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = anna(&server, &browser).await;
    for name in ["mei", "meilin", "meiwen"] {
        Person::come(&server, name).await;
    }
    tab.click("new-conversation").await;
    tab.click("new-group-tab").await;
    tab.type_into("group-title", "Trip").await;
    tab.type_into("group-member", "mei").await;
    tab.until("two suggestions", "document.querySelectorAll('[data-testid=suggestion]').length === 2").await;
    let active = "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))";
    tab.type_into("group-member", DOWN).await;
    tab.until(
        "the first",
        &format!("{active}?.dataset.name === 'meilin' && {active}.ariaSelected === 'true'"),
    )
    .await;
    tab.type_into("group-member", DOWN).await;
    tab.until("the second", &format!("{active}?.dataset.name === 'meiwen'")).await;
    tab.type_into("group-member", ENTER).await;
    let chips = "[...document.querySelectorAll('.chip span')].map(chip => chip.textContent).join()";
    tab.until("the chip", &format!("{chips} === 'meiwen'")).await;

    // Escape closes the suggestions first, and then the dialog.
    tab.type_into("group-member", "mei").await;
    tab.part("suggestions").await;
    tab.type_into("group-member", ESCAPE).await;
    tab.gone("suggestions").await;
    tab.part("dialog").await;
    tab.type_into("group-member", ESCAPE).await;
    tab.gone("dialog").await;
}

#[tokio::test]
async fn the_focus_returns_to_the_button_that_opened_the_details() {
    for look in [Look::DESKTOP, Look::PHONE] {
        let server = Server::start().await;
        let browser = Browser::looking(look).await;
        let tab = anna(&server, &browser).await;
        Person::come(&server, "mei").await;
        turn_to(&tab, "mei").await;
        let back = "document.activeElement.dataset.testid === 'details'";
        let inside = "!!document.activeElement.closest('[data-testid=details-panel]')";
        for close in ["Escape", "button"] {
            tab.click("details").await;
            tab.until("the focus in the panel", inside).await;
            match close {
                "Escape" => tab.escape().await,
                _ => tab.click_on("[data-testid=details-panel] header button").await,
            }
            tab.gone("details-panel").await;
            tab.until(&format!("the focus on the button, after {close}"), back).await;
        }
        if look.phone {
            tab.click("details").await;
            tab.until("the focus in the panel", inside).await;
            tab.back().await;
            tab.until("the focus on the button, after Back", back).await;
        }
    }
}

#[tokio::test]
async fn escape_in_the_dialog_that_renames_keeps_the_details() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = anna(&server, &browser).await;
    tab.begin_group("Trip", &[]).await;
    tab.click("details").await;
    tab.click("rename").await;
    tab.until("the title selected", "document.activeElement.dataset.testid === 'rename-input'").await;
    tab.escape().await;
    tab.gone("rename-dialog").await;
    tab.part("details-panel").await;
    tab.until("the focus on the pencil", "document.activeElement.dataset.testid === 'rename'").await;
}

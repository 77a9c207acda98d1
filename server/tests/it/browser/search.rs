//! Search: over everything, and in a conversation.

mod filters;
mod finding;
mod in_conversation;
mod places;
mod recent;

use std::time::Duration;

use confab_shared::{api::SearchPage, id::ConversationId};
use reqwest::Method;
use serde_json::json;

use super::door_of;
use crate::support::{
    Person, Server, Socket,
    browser::{Browser, Look, Tab},
    in_time,
};

/// The texts of the hits, in their order.
const HITS: &str =
    "[...document.querySelectorAll('[data-testid=search-hit-text]')].map(hit => hit.textContent)";

/// What is marked in the hits.
const MARKED: &str =
    "[...document.querySelectorAll('[data-testid=search-hit-text] mark')].map(mark => mark.textContent)";

/// Where the keyboard is.
const FOCUSED: &str = "document.activeElement.dataset.testid";

/// Anna's page, and Mei, who says something in a group of both.
struct Scene {
    server: Server,
    browser: Browser,
    anna: Tab,
    mei: Person,
    socket: Socket,
    trip: ConversationId,
}

impl Scene {
    async fn start() -> Self {
        Self::looking(Look::DESKTOP).await
    }

    async fn looking(look: Look) -> Self {
        let (server, browser) = (Server::start().await, Browser::looking(look).await);
        let anna = browser.open(&door_of(&server, "anna")).await;
        anna.online().await;
        anna.may_be_added().await;
        let mei = Person::come(&server, "mei").await;
        let trip = mei.group("Trip", &["anna"]).await;
        let socket = mei.connect().await;
        Self { server, browser, anna, mei, socket, trip }
    }

    /// Mei says these in the group, and waits until they can be found.
    async fn says(&mut self, texts: &[&str]) {
        for text in texts {
            self.socket.send_text(self.trip, text).await;
        }
        let last = texts.last().expect("something is said");
        can_be_found(&self.mei, &format!("in:#{} \"{}\"", self.trip, last.replace('"', " "))).await;
    }

    /// The address of a search.
    fn address(&self, query: &str) -> String {
        format!("http://localhost:{}/search?q={query}", self.server.port())
    }
}

/// Waits until the index has what a query asks for: it may be two seconds behind.
pub(super) async fn can_be_found(person: &Person, query: &str) {
    let found = async {
        loop {
            let answer = person.request(Method::GET, "/search").query(&[("q", query)]).send().await;
            let page: SearchPage = answer.expect("an answer").json().await.expect("a page of hits");
            if !page.hits.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    in_time(query, found).await;
}

/// Opens the search with its key.
async fn open(tab: &Tab) {
    tab.press("/").await;
    tab.until("the field", &format!("{FOCUSED} === 'search-field'")).await;
}

/// Waits until exactly these messages are found, in any order.
async fn finds(tab: &Tab, texts: &[&str]) {
    let mut texts = texts.to_vec();
    texts.sort_unstable();
    let wanted = json!(texts).to_string();
    let same = format!("JSON.stringify({HITS}.sort()) === JSON.stringify({wanted})");
    tab.until(&format!("exactly {wanted}"), &same).await;
}

/// Puts a text into the field in place of what it has.
async fn search_for(tab: &Tab, text: &str) {
    tab.type_into("search-field", format!("\u{e009}a\u{e000}{text}")).await;
}

/// Waits until exactly these are marked in the hits.
async fn marks(tab: &Tab, texts: &[&str]) {
    let wanted = json!(texts).to_string();
    let same = format!("JSON.stringify({MARKED}) === JSON.stringify({wanted})");
    tab.until(&format!("{wanted} as marked"), &same).await;
}

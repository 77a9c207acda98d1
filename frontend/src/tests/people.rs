//! Users who change.

use confab_shared::text::DisplayName;

use super::*;

#[test]
fn a_view_of_a_name_changes_with_the_name_and_with_nothing_else() {
    let client = Client::welcomed(1, 1);
    let chat = client.chat;
    let renders = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&renders);
    let shown = Memo::new(move |_| {
        *counted.lock().unwrap() += 1;
        chat.person(MEI).map(|user| user.shown_name().to_owned())
    });
    chat.receive(ServerFrame::Typing { conversation: ID, user: user(MEI, "mei"), stopped: false });
    assert_eq!(shown.get_untracked().as_deref(), Some("mei"));
    let before = *renders.lock().unwrap();
    chat.receive(live(posted(1, MEI, 1)));
    assert_eq!(shown.get_untracked().as_deref(), Some("mei"));
    assert_eq!(*renders.lock().unwrap(), before, "a message changes no name");
    let display_name = Some(DisplayName::existing("Mei Ling"));
    chat.receive(ServerFrame::User { user: User { display_name, ..user(MEI, "mei") } });
    assert_eq!(shown.get_untracked().as_deref(), Some("Mei Ling"));
    let display_name = Some(DisplayName::existing("Me"));
    chat.receive(ServerFrame::User { user: User { display_name, ..user(ME, "me") } });
    assert_eq!(chat.me().map(|me| me.shown_name().to_owned()).as_deref(), Some("Me"));
}

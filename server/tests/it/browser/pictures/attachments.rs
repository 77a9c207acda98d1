//! Pictures of files in messages: in a conversation, beside the field, on their way, in the viewer; of recording, and of a
//! preview of a link.

use super::{file, settled};
use crate::{
    browser::{
        attachments::{
            attach, fixture,
            link_previews::{server, site},
            pictures,
        },
        door_of, turn_to,
    },
    support::browser::{Browser, Look, Tab, input::Line},
};

/// Two people, and what they write beside files, in two languages.
struct Words {
    mei: &'static str,
    me: &'static str,
    pictures: &'static str,
    report: &'static str,
    comment: &'static str,
    link: &'static str,
}

const WORDS: [Words; 2] = [
    Words {
        mei: "Mei",
        me: "reader",
        pictures: "From the train this morning. The one with the windows is where we change",
        report: "Report.pdf",
        comment: "The numbers, as promised",
        link: "How we get there",
    },
    Words {
        mei: "韩梅梅",
        me: "李雷",
        pictures: "今早在火车上拍的，有窗户的那张是换车的地方",
        report: "年度报告.pdf",
        comment: "说好的数据",
        link: "怎么过去",
    },
];

async fn record(tab: &Tab, until: &str) {
    tab.click("record").await;
    let there = format!("document.querySelector('[data-testid=recorder-time]')?.textContent >= '{until}'");
    tab.until("some seconds", &there).await;
}

#[tokio::test]
async fn pictures_of_files() {
    for (name, look, language) in [
        ("attachments", Look::DESKTOP, 0),
        ("attachments-dark", Look::DESKTOP.dark(), 0),
        ("attachments-phone", Look::PHONE, 0),
        ("attachments-chinese", Look::PHONE.dark().chinese(), 1),
    ] {
        let words = &WORDS[language];
        let (server, browser, site) = (server().await, Browser::looking(look).await, site().await);
        let mei = browser.open(&door_of(&server, words.mei)).await;
        mei.online().await;
        let tab = browser.open(&door_of(&server, words.me)).await;
        tab.online().await;
        turn_to(&mei, words.me).await;
        turn_to(&tab, words.mei).await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let report = folder.path().join(words.report);
        std::fs::write(&report, vec![b'x'; 2_400_000]).expect("a file can be written");
        attach(&mei, &["dusk.jpg", "valley.jpg", "windows.jpg", "night.jpg"].map(fixture)).await;
        mei.say(words.pictures).await;
        pictures(&tab, 4).await;
        record(&mei, "0:03").await;
        mei.click("recorder-send").await;
        tab.part("voice").await;
        attach(&tab, std::slice::from_ref(&report)).await;
        tab.say(words.comment).await;
        tab.said(words.comment).await;
        settled(&tab).await;
        tab.picture(&file(name)).await;
        // A preview, and what is on its way.
        mei.say(&format!("[{}]({site}/lines)", words.link)).await;
        tab.until("its picture", "document.querySelector('[data-testid=preview] img')?.naturalWidth > 0")
            .await;
        tab.network(Line::Slow(150_000)).await;
        tab.choose_files("attach-input", &[fixture("ball.gif"), report]).await;
        tab.until("one is there", "document.querySelectorAll('[data-testid=tray-file].done').length === 1")
            .await;
        let some = "+document.querySelector('[data-testid=upload-toggle]')?.dataset.percent > 20";
        tab.until("some of the other", some).await;
        tab.picture(&file(&format!("{name}-tray"))).await;
        tab.click("composer-send").await;
        tab.part("upload-status").await;
        settled(&tab).await;
        tab.picture(&file(&format!("{name}-waiting"))).await;
        tab.network(Line::Good).await;
        tab.gone("upload-status").await;
        tab.click_on("[data-testid=picture]").await;
        tab.until("the picture", "!!document.querySelector('[data-testid=viewer-picture].loaded')").await;
        settled(&tab).await;
        tab.picture(&file(&format!("{name}-viewer"))).await;
        tab.escape().await;
        tab.gone("viewer").await;
        record(&tab, "0:02").await;
        tab.picture(&file(&format!("{name}-recorder"))).await;
    }
}

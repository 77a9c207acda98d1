//! Uploads: chosen, pasted, dropped; stopped, cut off, reloaded, given up; too large.

use std::fs::File;

use super::{SLOW, attach, digest_of_link, fixture, has_come_to, noise, pictures, ready, two_tabs};
use crate::support::{
    Person, Server,
    browser::{Browser, input::Line},
};

#[tokio::test]
async fn an_upload_that_is_cut_off_goes_on_where_it_was() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    let (_folder, file, digest) = noise("noise.bin", 3_000_000);
    anna.network(SLOW).await;
    anna.choose_files("attach-input", &[file]).await;
    has_come_to(&anna, 15).await;
    anna.network(Line::Cut).await;
    anna.shows("tray-state", "Waiting for the network").await;
    // The message waits, too.
    anna.type_into("composer-input", "here it is").await;
    anna.click("composer-send").await;
    anna.gone("tray-file").await;
    anna.until(
        "a message that waits",
        "!!document.querySelector('[data-testid=message][data-state=pending]')",
    )
    .await;
    anna.network(Line::Good).await;
    anna.said("here it is").await;
    mei.hears("here it is").await;
    mei.shows("file", "noise.bin").await;
    mei.shows("file", "3 MB").await;
    assert_eq!(digest_of_link(&mei).await, digest);
    anna.gone("upload-status").await;
}

#[tokio::test]
async fn an_upload_outlives_a_reload() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    let (_folder, file, digest) = noise("noise.bin", 3_000_000);
    anna.network(SLOW).await;
    anna.choose_files("attach-input", &[file, fixture("dusk.jpg")]).await;
    has_come_to(&anna, 15).await;
    anna.reload().await;
    anna.online().await;
    // Still beside the field, and sent once it is there.
    anna.until("both files", "document.querySelectorAll('[data-testid=tray-file]').length === 2").await;
    anna.click("composer-send").await;
    anna.part("upload-status").await;
    anna.reload().await;
    anna.online().await;
    anna.part("upload-status").await;
    anna.network(Line::Good).await;
    mei.shows("file", "noise.bin").await;
    pictures(&mei, 1).await;
    assert_eq!(digest_of_link(&mei).await, digest);
    anna.gone("upload-status").await;
    let kept = "Object.keys(localStorage).filter(key => key.startsWith('confab.upload.')).length === 0";
    anna.until("nothing that is kept", kept).await;
}

#[tokio::test]
async fn an_upload_is_stopped_and_goes_on_or_is_given_up() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    let (_folder, file, digest) = noise("noise.bin", 2_000_000);
    anna.network(SLOW).await;
    anna.choose_files("attach-input", std::slice::from_ref(&file)).await;
    has_come_to(&anna, 10).await;
    anna.click("upload-toggle").await;
    anna.shows("tray-state", "Paused").await;
    anna.network(Line::Good).await;
    anna.click("upload-toggle").await;
    ready(&anna, 1).await;
    anna.click("composer-send").await;
    assert_eq!(digest_of_link(&mei).await, digest);
    // Given up beside the field, and as a message.
    anna.network(SLOW).await;
    anna.choose_files("attach-input", std::slice::from_ref(&file)).await;
    has_come_to(&anna, 5).await;
    anna.click("tray-remove").await;
    anna.gone("tray-file").await;
    anna.until("the field has the keyboard", "document.activeElement?.dataset.testid === 'composer-input'")
        .await;
    anna.choose_files("attach-input", &[file]).await;
    has_come_to(&anna, 5).await;
    anna.click("composer-send").await;
    anna.click("upload-cancel").await;
    anna.gone("upload-status").await;
    anna.network(Line::Good).await;
    anna.say("that was all").await;
    mei.hears("that was all").await;
    let files = mei.run("return document.querySelectorAll('[data-testid=file]').length").await;
    assert_eq!(files, 1);
}

#[tokio::test]
async fn a_picture_is_pasted_and_goes_with_a_text() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    // As the system puts a picture into the clipboard: a file, and no text.
    let paste = "const canvas = new OffscreenCanvas(900, 600), context = canvas.getContext('2d'); \
         context.fillStyle = 'teal'; context.fillRect(0, 0, 900, 600); \
         return canvas.convertToBlob().then(blob => { \
             const data = new DataTransfer(); \
             data.items.add(new File([blob], 'image.png', { type: 'image/png' })); \
             const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }); \
             return document.querySelector('[data-testid=composer-input]').dispatchEvent(event) })";
    assert_eq!(anna.run(paste).await, false, "the page has taken it");
    ready(&anna, 1).await;
    anna.say("look at this").await;
    mei.hears("look at this").await;
    pictures(&mei, 1).await;
    let shape = "(box => Math.abs(box.width / box.height - 1.5) < 0.02)\
         (document.querySelector('.pictures').getBoundingClientRect())";
    mei.until("its shape", shape).await;
    mei.choose("Everyone").await;
    mei.shows("last-message", "").await;
    anna.said("look at this").await;
}

#[tokio::test]
async fn what_a_camera_took_upright_is_shown_upright() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    attach(&anna, &[fixture("rotated.jpg")]).await;
    anna.click("composer-send").await;
    for tab in [&mei, &anna] {
        pictures(tab, 1).await;
        let upright = "(img => { const canvas = new OffscreenCanvas(40, 60), context = canvas.getContext('2d'); \
             context.drawImage(img, 0, 0, 40, 60); \
             const [top, low] = [5, 55].map(y => [...context.getImageData(20, y, 1, 1).data]); \
             return img.naturalWidth < img.naturalHeight && top[0] > 150 && top[2] < 100 && low[2] > 150 && low[0] < 100 })\
             (document.querySelector('[data-testid=picture] img'))";
        tab.until("red above blue", upright).await;
        let box_is_upright =
            "(box => box.height > box.width)(document.querySelector('.pictures').getBoundingClientRect())";
        tab.until("an upright box", box_is_upright).await;
    }
}

#[tokio::test]
async fn files_are_dropped_onto_the_conversation() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    let (dusk, night) = (fixture("dusk.jpg"), fixture("night.jpg"));
    anna.drag_files("[data-testid=timeline]", &[&dusk, &night], false).await;
    anna.until("a surface", "!!document.querySelector('.drop-surface.shown')").await;
    anna.shows("drop-surface", "Drop the files").await;
    anna.drag_files("[data-testid=timeline]", &[&dusk, &night], true).await;
    anna.until("no surface", "!document.querySelector('.drop-surface.shown')").await;
    ready(&anna, 2).await;
    anna.click("composer-send").await;
    pictures(&mei, 2).await;
    // A list says what it is.
    let lei = Person::come(&server, "lei").await;
    let id = lei.direct("mei").await;
    lei.connect().await.send_text(id, "hello").await;
    mei.choose("lei").await;
    mei.until(
        "what the list says",
        "document.querySelector('[data-name=anna] [data-testid=last-message]').textContent === '2 photos'",
    )
    .await;
}

#[tokio::test]
async fn what_is_too_large_or_too_much_is_said_before_the_upload() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, _mei) = two_tabs(&server, &browser).await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let large = folder.path().join("film.mp4");
    // Without contents: nothing of it is read.
    File::create(&large).and_then(|file| file.set_len(200_000_000)).expect("a file can be made");
    anna.choose_files("attach-input", &[large]).await;
    anna.shows("tray-error", "film.mp4").await;
    anna.shows("tray-error", "at most 100 MB").await;
    anna.until("nothing to send", "document.querySelector('[data-testid=composer-send]').disabled").await;
    let many: Vec<_> = (0..11)
        .map(|number| {
            let path = folder.path().join(format!("{number}.txt"));
            std::fs::write(&path, format!("number {number}")).expect("a file can be written");
            path
        })
        .collect();
    anna.choose_files("attach-input", &many).await;
    anna.shows("tray-error", "at most 10 files").await;
    ready(&anna, 10).await;
    anna.click_on("[data-testid=tray-error] button").await;
    anna.gone("tray-error").await;
}

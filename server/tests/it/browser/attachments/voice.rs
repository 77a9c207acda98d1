//! Voice messages, with the microphone of a browser that beeps.

use super::two_tabs;
use crate::support::{Server, browser::Browser};

#[tokio::test]
async fn a_voice_message_is_recorded_and_played() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    anna.click("record").await;
    anna.part("recorder-bars").await;
    anna.until("two seconds", "document.querySelector('[data-testid=recorder-time]')?.textContent >= '0:02'")
        .await;
    // The bars follow the beeps: they are not all of one height.
    let heights = "new Set(document.querySelector('[data-testid=recorder-bars] path').getAttribute('d').match(/v[\\d.]+/g))";
    anna.until("bars", &format!("{heights}.size > 2")).await;
    anna.click("recorder-send").await;
    anna.gone("recorder").await;
    mei.part("voice").await;
    let bars = "new Set(document.querySelector('[data-testid=voice] .bars path').getAttribute('d').match(/v[\\d.]+/g))";
    mei.until("its waveform", &format!("{bars}.size > 2")).await;
    let time = "document.querySelector('[data-testid=voice] .player-time').textContent";
    mei.until("how long it is", &format!("/^\\d:\\d\\d$/.test({time}) && {time} >= '0:02'")).await;
    mei.click("speed").await;
    mei.shows("speed", "1.5×").await;
    // It may be over before the next look at it: what happens is noted in the page.
    mei.run(
        "const voice = document.querySelector('[data-testid=voice]'), sound = voice.querySelector('audio'); \
         window.states = []; window.played = []; \
         new MutationObserver(() => states.push(voice.dataset.playing)) \
             .observe(voice, { attributes: true, attributeFilter: ['data-playing'] }); \
         sound.addEventListener('timeupdate', () => played.push([sound.currentTime, sound.playbackRate]))",
    )
    .await;
    mei.click("play").await;
    mei.until("its end", "states.at(-1) === 'false'").await;
    let noted =
        mei.run("return [states[0], played.some(([time, rate]) => time > 0.3 && rate === 1.5)]").await;
    assert_eq!(noted, serde_json::json!(["true", true]));
    mei.choose("Everyone").await;
    mei.until(
        "what the list says",
        "document.querySelector('[data-name=anna] [data-testid=last-message]').textContent === 'Voice message'",
    )
    .await;
}

#[tokio::test]
async fn a_recording_is_given_up_by_escape() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, _mei) = two_tabs(&server, &browser).await;
    anna.click("record").await;
    anna.part("recorder-bars").await;
    anna.escape().await;
    anna.gone("recorder").await;
    anna.until("the button has the focus", "document.activeElement?.dataset.testid === 'record'").await;
    anna.say("rather in writing").await;
    anna.said("rather in writing").await;
    let voices = anna.run("return document.querySelectorAll('[data-testid=voice]').length").await;
    assert_eq!(voices, 0);
}

//! The window of a timeline: which of the cached items are rendered.

use std::ops::Range;

use super::*;
use crate::features::timeline::visible_rows::VisibleRows;

/// A timeline of which `count` messages are cached, and its window.
struct Viewport {
    client: Client,
    window: RowWindow,
}

impl Viewport {
    fn of(count: u64, window: RowWindow) -> Self {
        let by = |seq| if seq % 5 < 3 { MEI } else { LEI };
        let log = (1..=count).map(|seq| posted(seq, by(seq), seq * 20 * 60_000 / 3)).collect();
        Self { client: Client::reading(log, count), window }
    }

    /// The positions of the rendered items.
    fn rendered(&self) -> Range<usize> {
        self.client.chat.state.with_untracked(|state| self.window.range(state.timeline(ID).unwrap(), None))
    }

    fn scroll(&mut self, first: u64, last: u64, at_end: bool) {
        self.scroll_with(first, last, at_end, None);
    }

    fn scroll_with(&mut self, first: u64, last: u64, at_end: bool, retained: Option<(u64, u64)>) {
        let visible = VisibleRows { first: Seq(first), last: Seq(last) };
        let retained = retained.map(|(first, last)| (Seq(first), Seq(last)));
        self.window = self.client.chat.state.with_untracked(|state| {
            self.window.follow(state.timeline(ID).unwrap(), None, visible, at_end, retained)
        });
    }

    fn receive(&self, seq: u64) {
        self.client.chat.receive(live(posted(seq, MEI, seq)));
    }

    fn rows(&self, window: RowWindow) -> Vec<Row> {
        self.client.chat.state.with_untracked(|state| rows(state, ID, None, window, |at| at.0 / DAY))
    }
}

#[test]
fn the_window_follows_the_viewport_and_stays_small() {
    let mut view = Viewport::of(600, RowWindow::newest());
    assert_eq!(view.rendered(), 540..600);
    let up = (1..=580).rev();
    for first in up.clone().chain(up.rev()) {
        view.scroll(first, first + 20, false);
        let (rendered, first) = (view.rendered(), usize::try_from(first).unwrap() - 1);
        assert!(rendered.len() <= 100, "{rendered:?} at {first}");
        assert!(rendered.start == 0 || rendered.start + 10 <= first, "{rendered:?} at {first}");
        assert!(rendered.end == 600 || rendered.end >= first + 30, "{rendered:?} at {first}");
    }
}

#[test]
fn at_the_end_new_messages_push_old_ones_out() {
    let mut view = Viewport::of(200, RowWindow::Start);
    for seq in 201..=400 {
        view.receive(seq);
        view.scroll(seq - 20, seq, true);
    }
    assert_eq!(view.rendered().end, 400);
    assert!(view.rendered().len() <= 70, "{:?}", view.rendered());
}

#[test]
fn the_first_messages_are_not_pushed_out_by_those_that_follow() {
    let mut view = Viewport::of(1, RowWindow::Start);
    view.scroll(1, 1, true);
    for seq in 2..=40 {
        view.receive(seq);
        assert_eq!(view.rendered().start, 0, "also before the rows are measured again");
        view.scroll(1, seq, true);
    }
}

#[test]
fn away_from_the_end_new_messages_move_nothing() {
    let mut view = Viewport::of(200, RowWindow::newest());
    view.scroll(160, 180, false);
    let start = view.rendered().start;
    for seq in 201..=400 {
        view.receive(seq);
        view.scroll(160, 180, false);
    }
    assert_eq!(view.rendered().start, start);
    assert!(view.rendered().len() <= 100, "{:?}", view.rendered());
}

#[test]
fn what_holds_the_focus_or_the_selection_stays() {
    let mut view = Viewport::of(600, RowWindow::Around(Seq(300)));
    for first in 300..=400 {
        view.scroll_with(first, first + 20, false, Some((300, 302)));
    }
    assert!(view.rendered().contains(&299), "{:?}", view.rendered());
    view.scroll_with(550, 570, false, Some((300, 302)));
    assert!(view.rendered().start > 500, "far away it is given up: {:?}", view.rendered());
}

#[test]
fn rows_are_the_same_whatever_window_shows_them() {
    let view = Viewport::of(300, RowWindow::Start);
    let all = view.rows(RowWindow::From(Seq(0), usize::MAX));
    for first in 1..=250 {
        let part = view.rows(RowWindow::From(Seq(first), 40));
        let start = all.iter().position(|row| *row == part[0]).unwrap();
        assert_eq!(part, all[start..start + part.len()], "from {first}");
    }
}

#[test]
fn what_is_cached_is_bounded_around_the_reader() {
    let mut client = Client::reading((1..=60).map(|seq| posted(seq, MEI, seq)).collect(), 60);
    for seq in 61..=2_500 {
        client.chat.receive(live(posted(seq, MEI, seq)));
    }
    client.chat.trim_timeline(ID, Seq(30));
    let cached = |client: &Client| {
        client.chat.state.with_untracked(|state| {
            let timeline = state.timeline(ID).unwrap();
            (timeline.first(), timeline.last(), timeline.follows())
        })
    };
    assert_eq!(cached(&client), (Seq(1), Seq(529), false));
    // Further down, the log goes on where it was cut.
    client.chat.fetch_page(ID, Edge::Newer);
    assert_eq!(client.fetches(), [Fetch::Page(ID.into(), Edge::Newer, Seq(529))]);
}

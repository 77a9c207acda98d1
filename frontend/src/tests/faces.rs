//! Beside which message the face of a reader stands.

use super::*;
use crate::features::timeline::faces::place;

#[test]
fn a_face_stands_beside_the_newest_message_that_its_reader_has_read() {
    let by = |seq| if seq % 5 < 3 { MEI } else { LEI };
    let log = (1..=10).map(|seq| posted(seq, by(seq), seq)).collect();
    let client = Client::reading(log, 10);
    let beside = |user, read| {
        let seq = |state: &State| place(state.timeline(ID).unwrap(), user, Seq(read));
        client.chat.state.with_untracked(seq).map(|seq| seq.0)
    };
    // One to two are Mei's, three and four Lei's, five to seven Mei's, eight and nine Lei's.
    for (user, read, seq) in [
        (LEI, 0, None),
        (LEI, 1, Some(1)),
        (LEI, 2, None),
        (LEI, 6, Some(6)),
        (LEI, 7, None),
        (LEI, 10, Some(10)),
        (MEI, 3, Some(3)),
        (MEI, 4, None),
        (UserId(99), 9, Some(9)),
        (UserId(99), 10, Some(10)),
    ] {
        assert_eq!(beside(user, read), seq, "{user} has read up to {read}");
    }
}

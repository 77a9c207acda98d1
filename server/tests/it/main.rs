//! Tests of the server over the wire: people, and programs that misbehave, talk to the real executable.
#[test]
fn warm() {}

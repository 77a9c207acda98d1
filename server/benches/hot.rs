//! What is done for every message, alone: frames written and read, events applied, a group delivered to.
//!
//! `cargo bench -p confab --bench hot`

use std::{hint::black_box, sync::Arc};

use confab::{
    domain::{
        audience::Audience,
        client_address::ClientAddress,
        command::{Command, Post},
    },
    realtime::hub::{Hub, Item, Subscriber},
    service::{ConnectionPace, rate_limits::RateLimits},
    websocket::{decoder::Decoder, frame::Frame},
};
use confab_shared::{
    conversation::{Conversation, ConversationKind},
    event::{Event, EventBody, Posted},
    id::{ConversationId, Seq, Timestamp, UserId},
    mentions::mentions,
    protocol::{ClientFrame, EventFrame, ServerFrame},
    text::{MessageText, UserName},
    user::User,
};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

/// How many people are told.
const READERS: u64 = 1_000;

const SENT: &str = r#"{"type":"send","client_id":"0190d0a0-0000-7000-8000-000000000001","conversation":7,"text":"A message of the length that people write to each other on an ordinary day."}"#;

fn event(seq: u64) -> Event {
    let text = "A message of the length that people write to each other on an ordinary day.";
    let text = MessageText::new(text).expect("it is short");
    let body = EventBody::Posted(Posted::new(text, seq, Vec::new()));
    Event {
        conversation: ConversationId(7),
        seq: Seq(seq),
        at: Timestamp(seq),
        by: UserId(1),
        client_id: None,
        body,
    }
}

fn codec(criterion: &mut Criterion) {
    let by = User::new(UserId(1), UserName::new("mei").expect("it is a name"));
    let told = ServerFrame::Event(EventFrame { event: event(1), users: vec![by] });
    criterion.bench_function("write an event's frame", |bench| bench.iter(|| Frame::json(black_box(&told))));
    criterion.bench_function("read a command", |bench| {
        bench.iter(|| serde_json::from_str::<ClientFrame>(black_box(SENT)));
    });
    let mask = [0xA1, 0x02, 0x7F, 0x33];
    let mut stream = vec![0x81, 0x80 | 126];
    stream.extend((SENT.len() as u16).to_be_bytes());
    stream.extend(mask);
    stream.extend(SENT.bytes().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    criterion.bench_function("decode a frame", |bench| {
        let mut decoder = Decoder::new(64 * 1024);
        bench.iter(|| decoder.decode(black_box(&stream), |received| drop(black_box(received))));
    });
}

fn mentioning(criterion: &mut Criterion) {
    let plain = "A message of the length that people write to each other on an ordinary day.";
    let calls = "@李雷你看一下这个问题，明天和@mei一起讨论，谢谢你们两位";
    for (name, text) in [("look for mentions where there are none", plain), ("find two mentions", calls)] {
        criterion.bench_function(name, |bench| bench.iter(|| mentions(black_box(text)).count()));
    }
}

fn reducer(criterion: &mut Criterion) {
    let begun = Conversation {
        member_count: 3,
        ..Conversation::new(ConversationId(7), ConversationKind::Group, Timestamp(0))
    };
    let events: Vec<_> = (1..=100).map(event).collect();
    criterion.bench_function("apply 100 events", |bench| {
        bench.iter(|| {
            let mut conversation = begun.clone();
            for event in &events {
                black_box(event).apply(&mut conversation, UserId(2));
            }
            conversation
        });
    });
}

/// A connection that costs nothing.
struct Nobody;

impl Subscriber for Nobody {
    fn deliver(&self, items: &[Item]) {
        black_box(items);
    }

    fn end(&self) {}
}

fn hub(criterion: &mut Criterion) {
    let hub = Arc::new(Hub::default());
    let users: Vec<_> = (0..READERS).map(UserId).collect();
    let _places: Vec<_> = users.iter().map(|user| hub.register(*user, None, Arc::new(Nobody))).collect();
    let audience = Audience::Users(users.into());
    let frame = Frame::text(SENT);
    criterion.bench_function("find 1,000 readers and deliver", |bench| {
        bench.iter(|| hub.signal(&audience, frame.clone()))
    });
}

fn limits(criterion: &mut Criterion) {
    let limits = RateLimits::on();
    let mut pace = ConnectionPace::new(ClientAddress::new([127, 0, 0, 1].into(), false), &limits);
    let text = MessageText::new("hi").expect("it is short");
    // Nobody of so many comes to the end of a burst.
    let posts = (0..READERS).map(|id| Command {
        actor: User::new(UserId(id), UserName::new("mei").expect("it is a name")),
        client_id: None,
        at: Timestamp(0),
        body: Post::new(ConversationId(7), text.clone()).into(),
    });
    let mut posts = posts.collect::<Vec<_>>().into_iter().cycle();
    criterion.bench_function("ask the limits for a message", |bench| {
        bench.iter_batched_ref(
            || posts.next().expect("it has no end"),
            |post| pace.command(&limits, black_box(post)).is_ok(),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(hot, codec, mentioning, reducer, hub, limits);
criterion_main!(hot);

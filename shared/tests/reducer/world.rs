//! A client and its server, with what is between them.

mod checks;

use std::collections::HashMap;

use confab_shared::{
    attachment::{Attachment, FileName},
    command::{Command, Delete, Edit, Pin, React, Send},
    error::{ErrorBody, ErrorCode},
    event::{Event, EventBody, Invited, Joined, Left, Posted, Renamed, TopicChanged},
    id::{AttachmentId, ClientId, ConversationId, Seq, Timestamp, UserId},
    item::Item,
    protocol::{Ack, EventFrame, ReadSignal},
    state::{FetchRequest, State},
    text::{MessageText, Title, Topic},
    timeline::Timeline,
};
use proptest::sample::Index;
use uuid::Uuid;

use super::{
    HERE, ME, command,
    step::{MessageChange, Reply, Step},
    truth::{Answer, Truth},
};

#[derive(Clone, Debug)]
pub enum Frame {
    Event(Event),
    Ack(Ack),
    Read(ReadSignal),
    Error(ErrorBody),
}

/// A command of the client, and where it stands in the log.
struct Sent {
    command: Command,
    /// Its event, or the head where it changed nothing; the error where it was refused.
    answer: Result<Seq, ErrorCode>,
    /// Whether it made an event.
    made: bool,
    /// Whether the conversation was open with a timeline all the time since: a page that was requested before may lack
    /// the change.
    watched: bool,
}

pub struct World {
    pub truth: Truth,
    pub state: State,
    pub socket: Vec<Frame>,
    /// The answers in flight, made when the fetches were requested.
    answers: Vec<(ConversationId, Answer)>,
    sent: HashMap<ClientId, Sent>,
    /// Whether the user was no member at some time: their acknowledged commands are dropped then.
    has_left: bool,
}

impl World {
    pub fn new() -> Self {
        Self::following(false)
    }

    /// A client that follows more threads than a welcome has, or not.
    pub fn following(many: bool) -> Self {
        let truth = Truth::new(many);
        let mut state = State::default();
        assert_eq!(state.welcome(truth.welcome(true)), None);
        Self { truth, state, socket: vec![], answers: vec![], sent: HashMap::new(), has_left: false }
    }

    fn request(&mut self, request: Option<FetchRequest>) {
        if let Some(request) = request {
            self.answers.push((request.conversation(), self.truth.answer(request)));
        }
    }

    fn take(&mut self, frame: Frame) {
        match frame {
            Frame::Event(event) => {
                let request = self.state.event(EventFrame { event, users: vec![] });
                self.request(request);
            }
            Frame::Ack(ack) => self.state.ack(&ack),
            Frame::Read(signal) => {
                let request = self.state.read(&signal);
                self.request(request);
            }
            Frame::Error(error) => {
                let client_id = error.client_id.unwrap();
                self.state.outbox.refused(client_id, &error);
                self.state.outbox.discard(client_id);
            }
        }
    }

    pub fn answer(&mut self, place: usize) {
        if place < self.answers.len() {
            let (id, answer) = self.answers.remove(place);
            let request = match answer {
                Answer::View(view) => self.state.view(view),
                Answer::Made(view) => self.state.made(view),
                Answer::Events(page) => self.state.events(id, page),
                Answer::Thread(thread) => self.state.thread_state(thread),
                Answer::Threads(page) => self.state.thread_list(id, page),
                Answer::Messages(request, page) => self.state.messages(request, page),
                Answer::Adjacent(page) => self.state.adjacent_messages(id, page),
                Answer::More(before, page) => {
                    let requests = self.state.more_conversations(before, page);
                    requests.into_iter().for_each(|request| self.request(Some(request)));
                    None
                }
                Answer::Gone => self.state.gone(id),
            };
            self.request(request);
        }
    }

    pub fn arrive(&mut self, place: usize) {
        if place < self.socket.len() {
            let frame = self.socket.remove(place);
            self.take(frame);
        }
    }

    pub fn welcome(&mut self, has_it: bool) {
        self.socket.clear();
        // The driver of the state drops earlier requests.
        self.answers.clear();
        let request = self.state.welcome(self.truth.welcome(has_it));
        self.request(request);
        let request = self.state.reload_stale(None);
        self.request(request);
        // A command that is sent again has the same answer.
        for frame in self.state.outbox.unanswered() {
            let client_id = frame.into_command().expect("commands are pending").client_id();
            self.socket.push(reply(client_id, self.sent[&client_id].answer));
        }
    }

    fn post(&mut self, by: UserId, client_id: Option<ClientId>, text: &str) -> Event {
        let text = MessageText::new(text).unwrap();
        // Every third message of the others mentions the user.
        let mentioned = by != ME && self.truth.view.head_seq.0.is_multiple_of(3);
        let mentions = if mentioned { vec![ME] } else { vec![] };
        self.append(by, client_id, |ordinal| EventBody::Posted(Posted::new(text, ordinal, mentions)))
    }

    /// Members before or after an event receive it.
    fn append(
        &mut self,
        by: UserId,
        client_id: Option<ClientId>,
        body: impl FnOnce(u64) -> EventBody,
    ) -> Event {
        let before = self.truth.member;
        let event = self.truth.append(by, client_id, body);
        if before || self.truth.member {
            self.socket.push(Frame::Event(event.clone()));
        }
        event
    }

    fn read(&mut self, seq: Seq) {
        if self.truth.member
            && let Some(signal) = self.truth.read(seq)
        {
            self.socket.push(Frame::Read(signal));
        }
    }

    fn send(&mut self) {
        let client_id = command(self.sent.len() as u64 + 1);
        let send = Send::new(client_id, HERE, "mine".to_owned());
        self.state.outbox.push(send.clone().into(), Timestamp(1));
        let event = self.post(ME, Some(client_id), "mine");
        self.answered(send.into(), Ok(event.seq), true);
    }

    /// A message that replies to another, as the server takes it: a reply of a thread to that thread's messages, and one in the
    /// timeline to what shows there.
    fn reply(&mut self, reply: &Reply, message: &Index) {
        let posted = self.truth.all_posted();
        let Some(seq) = posted.get(message.index(posted.len().max(1))).copied() else { return };
        let history = &self.truth.history;
        let head = history.head_seq();
        let target = history.message(seq, head);
        let thread = reply.in_thread.then_some(target.thread.unwrap_or(seq));
        let is_gone = target.deleted.is_some() || thread.is_some_and(|root| history.is_deleted(root, head));
        if is_gone || (thread.is_none() && !target.is_in_timeline()) || (reply.mine && !self.truth.member) {
            return;
        }
        let by = if reply.mine { ME } else { UserId(2 + seq.0 % 7) };
        let is_first = thread.is_some_and(|root| history.replies(root, head).is_none());
        let root_author = thread.filter(|_| is_first).map(|root| history.event(root).by);
        let root_author = root_author.filter(|author| *author != ME || self.truth.member);
        let is_mentioned = by != ME && head.0.is_multiple_of(4) && self.truth.member;
        let mentions = if is_mentioned { vec![ME] } else { vec![] };
        let reply_to = reply.quotes.then_some(seq);
        let also_in_conversation = thread.is_some() && reply.also;
        let client_id = reply.mine.then(|| command(self.sent.len() as u64 + 1));
        let send = client_id.map(|client_id| Send {
            reply_to,
            thread,
            also_in_conversation,
            ..Send::new(client_id, HERE, "mine".to_owned())
        });
        if let Some(send) = send.clone() {
            self.state.outbox.push(send.into(), Timestamp(1));
        }
        let text = MessageText::new(if reply.mine { "mine" } else { "theirs" }).unwrap();
        let in_timeline = thread.is_none() || also_in_conversation;
        let event = self.append(by, client_id, |next| {
            let ordinal = if in_timeline { next } else { next - 1 };
            let attachments = if next.is_multiple_of(3) { vec![attachment(next)] } else { vec![] };
            let posted = Posted { attachments, ..Posted::new(text, ordinal, mentions) };
            Posted { reply_to, thread, also_in_conversation, root_author, ..posted }.into()
        });
        if let Some(send) = send {
            self.answered(send.into(), Ok(event.seq), true);
        }
    }

    /// The client's command on a message, and the server's answer to it.
    fn command(&mut self, change: &MessageChange, message: &Index) {
        let client_id = command(self.sent.len() as u64 + 1);
        let Some(command) = self.message_command(client_id, change, message) else { return };
        self.state.outbox.push(command.clone(), Timestamp(1));
        match self.truth.decide(ME, &command) {
            Ok(Some(body)) => {
                let event = self.append(ME, Some(client_id), |_| body);
                self.answered(command, Ok(event.seq), true);
            }
            Ok(None) => self.answered(command, Ok(self.truth.view.head_seq), false),
            Err(code) => self.answered(command, Err(code), false),
        }
    }

    fn answered(&mut self, command: Command, answer: Result<Seq, ErrorCode>, made: bool) {
        let client_id = command.client_id();
        // The event may arrive before the ack, and does in every second case.
        let overtaken = made && self.sent.len().is_multiple_of(2);
        let place = self.socket.len() - usize::from(overtaken);
        self.socket.insert(place, reply(client_id, answer));
        self.sent.insert(client_id, Sent { command, answer, made, watched: true });
    }

    /// Another user's change of a message: of a group, as an admin of it.
    fn change_message(&mut self, change: &MessageChange, message: &Index) {
        let Some(command) = self.message_command(command(0), change, message) else { return };
        let target = self.truth.history.event(command.target().unwrap()).by;
        let by = if matches!(command, Command::Edit(_)) { target } else { UserId(2 + target.0 % 2) };
        if let Ok(Some(body)) = self.truth.decide(by, &command) {
            self.append(by, None, |_| body);
        }
    }

    fn message_command(
        &self,
        client_id: ClientId,
        change: &MessageChange,
        message: &Index,
    ) -> Option<Command> {
        let (posted, conversation) = (self.truth.all_posted(), HERE);
        let target = *posted.get(message.index(posted.len().max(1)))?;
        Some(match change {
            MessageChange::Edit(text, mentions) => {
                let text = format!("{}text {text}", if *mentions { "@user1 " } else { "" });
                Edit { client_id, conversation, target, text }.into()
            }
            MessageChange::Delete => Delete { client_id, conversation, target }.into(),
            MessageChange::React(emoji, on) => {
                let emoji = ["👍", "🎉", "🙁"][usize::from(*emoji)].to_owned();
                React { client_id, conversation, target, emoji, on: *on }.into()
            }
            MessageChange::Pin(on) => Pin { client_id, conversation, target, on: *on }.into(),
        })
    }

    fn change(&mut self, which: u8) {
        let title = Title::new(&format!("title {}", self.truth.view.head_seq)).unwrap();
        let alone = self.truth.view.member_count < 3;
        self.append(UserId(2), None, |_| match which {
            0 => EventBody::Renamed(Renamed { title }),
            1 => EventBody::Unknown,
            3 => {
                EventBody::Topic(TopicChanged { topic: Topic::new(if alone { "" } else { "here" }).unwrap() })
            }
            2 if !alone => EventBody::Left(Left {}),
            4 => EventBody::Invited(Invited { users: vec![UserId(92)] }),
            _ => EventBody::Joined(Joined { users: vec![UserId(90), UserId(91)] }),
        });
    }

    pub fn step(&mut self, step: Step) {
        self.execute(step);
        if self.state.open_conversation().is_none() || self.state.timeline(HERE).is_none() {
            self.sent.values_mut().for_each(|sent| sent.watched = false);
        }
    }

    fn execute(&mut self, step: Step) {
        let member = self.truth.member;
        match step {
            Step::Post => {
                self.post(UserId(2), None, "theirs");
            }
            Step::Reply(reply, message) => self.reply(&reply, &message),
            Step::OpenThread(message) => self.open_thread(message),
            Step::Change(which) => self.change(which),
            Step::ChangeMessage(change, message) => self.change_message(&change, &message),
            Step::Send if member => self.send(),
            Step::Command(change, message) if member => self.command(&change, &message),
            Step::Leave if member => {
                self.has_left = true;
                self.append(ME, None, |_| EventBody::Left(Left {}));
            }
            Step::Return if !member => {
                self.append(UserId(2), None, |_| EventBody::Joined(Joined { users: vec![ME] }));
            }
            Step::Arrive => self.arrive(0),
            Step::ArriveTwice => {
                if let Some(first) = self.socket.first().cloned() {
                    self.socket.insert(0, first);
                    self.arrive(0);
                }
            }
            Step::Overtake => self.arrive(1),
            Step::Lose => self.socket.truncate(self.socket.len().saturating_sub(1)),
            Step::Answer => self.answer(0),
            Step::AnswerLast => self.answer(self.answers.len().saturating_sub(1)),
            Step::Fail => self.fail(),
            Step::Read(index) => self.read_cached(&index),
            Step::ReadElsewhere(seq) => self.read(Seq(seq)),
            Step::Welcome => self.welcome(true),
            Step::WelcomeWithoutIt => self.welcome(false),
            Step::More => self.more(),
            Step::Made if member => self.answers.push((HERE, self.truth.made())),
            Step::Older if member => {
                let first = self.state.timeline(HERE).filter(|t| !t.complete()).map(Timeline::first);
                self.answers.extend(first.map(|first| (HERE, self.truth.before(first))));
            }
            Step::Newer if member => {
                let last = self.state.timeline(HERE).filter(|t| !t.follows()).map(Timeline::last);
                self.answers.extend(last.map(|last| (HERE, self.truth.after(last))));
            }
            Step::Open(_) | Step::OpenAt(_) | Step::OpenNewest | Step::OpenAround(_) => self.open(&step),
            Step::Send
            | Step::Command(..)
            | Step::Leave
            | Step::Return
            | Step::Made
            | Step::Older
            | Step::Newer => {}
        }
    }

    fn open(&mut self, step: &Step) {
        let exists = |seq: &u64| Seq(*seq) <= self.truth.view.head_seq;
        let request = match step {
            Step::Open(open) => self.state.open(open.then_some(HERE)),
            Step::OpenAt(seq) if self.truth.member && exists(seq) => self.state.open_at(HERE, Seq(*seq)),
            Step::OpenAround(seq) if self.state.open_conversation().is_some() && exists(seq) => {
                self.state.open_around(HERE, Seq(*seq))
            }
            Step::OpenNewest => self.state.open_newest(HERE),
            _ => None,
        };
        self.request(request);
    }

    fn open_thread(&mut self, message: Option<Index>) {
        let posted = self.truth.posted();
        let at = message.and_then(|message| posted.get(message.index(posted.len().max(1))).copied());
        let thread = at.map(|seq| self.truth.history.message(seq, seq).thread.unwrap_or(seq));
        let request = self.state.open_thread(thread);
        self.request(request);
    }

    fn more(&mut self) {
        let before = self.state.request_more();
        self.answers.extend(before.map(|before| (HERE, self.truth.more(before))));
    }

    fn fail(&mut self) {
        match self.answers.pop() {
            None | Some((_, Answer::Adjacent(_) | Answer::Made(_))) => {}
            Some((_, Answer::More(..))) => self.state.more_failed(),
            Some((id, _)) => {
                let request = self.state.fetch_failed(id);
                self.request(request);
            }
        }
    }

    fn read_cached(&mut self, index: &Index) {
        let cached = self.state.timeline(HERE).filter(|t| t.items().len() > 0);
        let seq = cached.and_then(|t| t.items().nth(index.index(t.items().len())).map(Item::seq));
        if let Some(seq) = seq.and_then(|seq| self.state.read_to(HERE, seq)) {
            self.check_read();
            self.read(seq);
        }
    }

    /// Everything in flight arrives, and what the client requests then.
    pub fn settle(&mut self) {
        while !self.socket.is_empty() || !self.answers.is_empty() {
            self.arrive(0);
            self.answer(0);
        }
    }

    /// The whole list is fetched.
    pub fn fetch_list(&mut self) {
        self.step(Step::More);
        self.settle();
    }

    /// A timeline that is not open may wait until it is, with entries of the outbox whose events it will show.
    pub fn look(&mut self) {
        self.step(Step::Open(true));
        self.settle();
        self.step(Step::OpenNewest);
        self.settle();
    }
}

/// The answer to a command.
fn attachment(number: u64) -> Attachment {
    Attachment::file(AttachmentId(Uuid::from_u128(number.into())), FileName::new("notes.txt"), number)
}

fn reply(client_id: ClientId, answer: Result<Seq, ErrorCode>) -> Frame {
    match answer {
        Ok(seq) => Frame::Ack(Ack { client_id, conversation: HERE, seq, at: Timestamp(1000 + seq.0) }),
        Err(code) => Frame::Error(ErrorBody {
            code,
            message: "It is refused.".to_owned(),
            client_id: Some(client_id),
            retry_after_ms: None,
        }),
    }
}

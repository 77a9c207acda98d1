//! The bus of several nodes, over NATS: events by conversation and signals by user, so that a node receives what its own people
//! need. Messages are hints, as every delivery is: one that is lost or doubled costs a read of storage and nothing else.
//!
//! A node publishes ([`sender`]) what its writer committed, in the wire's own bytes ([`envelope`]), and passes it on to the
//! task that delivers ([`delivery`]). That receives what other nodes published ([`receiver`]) through the subjects that the
//! node's people need ([`subscriptions`]), and keeps one order per conversation ([`tracks`], [`sequence`]). What is missing it
//! asks for ([`repair`]); `service::cluster` reads it from storage.

mod arrival;
mod delivery;
mod envelope;
mod outbound;
mod peers;
mod receiver;
pub mod repair;
mod sender;
mod sequence;
mod subjects;
mod subscriptions;
#[cfg(test)]
pub(crate) mod test_server;
mod tracks;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_nats::{ConnectOptions, Event};
use async_trait::async_trait;
use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, Seq, UserId},
    user::User,
};
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinHandle},
    time::{Instant, timeout},
};
use url::Url;

use self::{
    arrival::ArrivedSignal,
    delivery::{Control, Delivery, Local, Queues},
    envelope::Header,
    outbound::Outbound,
    peers::Peers,
    receiver::Receiver,
    repair::{Repair, Repaired},
    sender::Sender,
    subjects::Subjects,
    subscriptions::{Subscription, Subscriptions},
    tracks::Tracks,
};
use super::{Bus, EndedConnections, Signal};
use crate::{
    domain::{audience::Audience, cluster::NodeId, limits::Usage, sign_in::SecretHash},
    realtime::{hub::Hub, published::PublishedEvent},
    websocket::frame::Frame,
};

/// How many messages of other nodes wait for the task that delivers.
const MAX_MESSAGES: usize = 16_384;

/// How many messages of one subject wait for room among those.
const MAX_MESSAGES_OF_SUBJECT: usize = 4_096;

/// How many batches of this node's own events wait for the task that delivers.
const MAX_LOCAL: usize = 256;

/// How many usages of other nodes wait to be counted.
const MAX_USAGES: usize = 4_096;

/// How many commands wait for the client. While the bus is away these are subscriptions alone.
const CLIENT_CAPACITY: usize = 32_768;

/// How often the client pings. A connection that answers none of three is dead.
const PING_INTERVAL: Duration = Duration::from_secs(1);

/// How long a barrier may be under way. Without it, events that come meanwhile are found missing with the next one.
const BARRIER_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a start waits for the bus.
const FIRST_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The longest wait between two attempts to connect.
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(1);

/// The bus.
pub struct NatsBus {
    node: NodeId,
    hub: Arc<Hub>,
    sender: Sender,
    subscriptions: Arc<Subscriptions>,
    local: mpsc::Sender<Local>,
    control: mpsc::UnboundedSender<Control>,
    peers: Arc<Peers>,
    missed: Arc<AtomicBool>,
    next_id: AtomicU64,
    task: AbortHandle,
    /// Of every node.
    _common: [Arc<Subscription>; 2],
}

/// What the bus asks of the use cases.
pub struct Requests {
    /// Events that are missing.
    pub repairs: mpsc::UnboundedReceiver<Repair>,
    /// What clients used of limits on other nodes.
    pub usages: mpsc::Receiver<Usage>,
    /// The task that delivers: without it, nobody here receives anything.
    pub delivery: JoinHandle<()>,
}

impl NatsBus {
    /// A bus on the NATS server of a URL; its path is the prefix of the subjects. Where it does not answer at once, or
    /// the connection is lost, it connects in the background.
    ///
    /// # Errors
    /// Where the URL is none of a NATS server.
    pub async fn connect(url: &Url, node: NodeId, hub: Arc<Hub>) -> anyhow::Result<(Self, Requests)> {
        let (missed, losses) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let subjects = Subjects::new(prefix(url));
        let counters = (Arc::clone(&missed), Arc::clone(&losses));
        let client = options(node, &subjects, counters).connect(server(url)).await?;
        if timeout(FIRST_CONNECT_TIMEOUT, client.flush()).await.is_err() {
            tracing::warn!("the bus does not answer: starting without it");
        }
        let (messages, received) = mpsc::channel(MAX_MESSAGES);
        let (local, local_queue) = mpsc::channel(MAX_LOCAL);
        let (control, control_queue) = mpsc::unbounded_channel();
        let (repairs, asked) = mpsc::unbounded_channel();
        let (usages, used) = mpsc::channel(MAX_USAGES);
        let subscriptions = Subscriptions::new(client.clone(), messages);
        let peers = Arc::new(Peers::default());
        let subscribe = {
            let (subscriptions, subjects) = (Arc::clone(&subscriptions), subjects.clone());
            move |id: ConversationId| subscriptions.subscribe(subjects.conversation(id))
        };
        let receiver = Receiver {
            hub: Arc::clone(&hub),
            peers: Arc::clone(&peers),
            missed: Arc::clone(&missed),
            usages,
        };
        let delivery = Delivery { hub: Arc::clone(&hub), tracks: Tracks::new(subscribe), receiver, repairs };
        let queues = Queues { local: local_queue, messages: received, control: control_queue };
        let delivery = tokio::spawn(delivery.run(queues));
        let task = delivery.abort_handle();
        let common = [subjects.everyone(), subjects.nodes()].map(|subject| subscriptions.subscribe(subject));
        let outbound = Outbound::new(client, subjects.nobody(), losses);
        let sender = Sender { node, subjects, outbound };
        let bus = Self {
            node,
            hub,
            sender,
            subscriptions,
            local,
            control,
            peers,
            missed,
            next_id: AtomicU64::new(0),
            task,
            _common: common,
        };
        Ok((bus, Requests { repairs: asked, usages: used, delivery }))
    }

    /// This node.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Has the node receive what is for a user, until the attachment is dropped. From then on it is noted into which groups
    /// the user comes; those that they have are to be read from storage, and followed.
    pub async fn attach(&self, user: UserId) -> Attachment {
        let generation = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.control(Control::Attach { user, generation });
        let subscription = self.subscriptions.subscribe(self.sender.subjects.user(user));
        subscription.sent().await;
        self.barrier().await;
        Attachment { user, generation, control: self.control.clone(), _subscription: subscription }
    }

    /// Has the node receive the events of a user's groups, whose heads are given.
    pub async fn follow(&self, attachment: &Attachment, groups: Vec<(ConversationId, Seq)>) {
        let subjects = groups.iter().map(|(id, _)| self.sender.subjects.conversation(*id));
        let subscriptions: Vec<_> = subjects.map(|subject| self.subscriptions.subscribe(subject)).collect();
        let Attachment { user, generation, .. } = *attachment;
        self.control(Control::Follow { user, generation, groups });
        for subscription in &subscriptions {
            subscription.sent().await;
        }
        if !subscriptions.is_empty() {
            self.barrier().await;
        }
    }

    /// Waits until the subscriptions that were sent before hold; not at all while the bus is away.
    async fn barrier(&self) {
        if self.sender.outbound.is_connected() {
            let _ = timeout(BARRIER_TIMEOUT, self.sender.outbound.barrier()).await;
        }
    }

    /// Publishes the heartbeat of this node.
    pub fn beat(&self) {
        self.send_beat(false);
    }

    /// Notifies the other nodes that this one leaves, and waits until everything that it published was sent.
    pub async fn leave(&self) {
        self.send_beat(true);
        self.barrier().await;
    }

    fn send_beat(&self, leaving: bool) {
        let losses = self.sender.outbound.losses();
        self.sender.to_nodes(&Header::Beat { losses, leaving });
    }

    /// Those of some nodes whose heartbeats this node does not receive, and so not all that they publish.
    pub fn unreachable(&self, nodes: &[NodeId]) -> Vec<NodeId> {
        match self.sender.outbound.is_connected() {
            true => self.peers.unreachable(nodes, Instant::now()),
            false => nodes.to_vec(),
        }
    }

    /// Whether this node receives the heartbeats of a node that is none of the given ones.
    pub fn hears_other_than(&self, nodes: &[NodeId]) -> bool {
        self.peers.has_other_than(nodes, Instant::now())
    }

    /// Whether none of some nodes is unreachable.
    #[cfg(test)]
    pub fn receives_from(&self, nodes: &[NodeId]) -> bool {
        self.unreachable(nodes).is_empty()
    }

    /// Notes that events may have been missed.
    pub fn note_missed(&self) {
        self.missed.store(true, Ordering::Relaxed);
    }

    /// Whether messages got lost since this was last asked.
    pub fn take_missed(&self) -> bool {
        self.missed.swap(false, Ordering::Relaxed)
    }

    /// Compares a conversation as storage has it with what was delivered of it.
    pub fn compare(
        &self,
        conversation: ConversationId,
        kind: ConversationKind,
        head: Seq,
        members: Vec<UserId>,
    ) {
        self.control(Control::Compare { conversation, kind, head, members });
    }

    /// Answers a [`Repair`].
    pub fn repaired(&self, repaired: Repaired) {
        self.control(Control::Repaired(repaired));
    }

    /// Storage could not answer a [`Repair`] now.
    pub fn repair_failed(&self, conversation: ConversationId) {
        self.control(Control::RepairFailed(conversation));
    }

    /// Notifies the other nodes of what clients used of a limit on this node.
    pub fn usage(&self, usage: Usage) {
        self.sender.to_nodes(&Header::Usage(usage));
    }

    /// The hub of this node.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Delivers a signal to everybody on this node alone.
    pub fn signal_here(&self, frame: Frame) {
        self.hub.signal(&Audience::Everyone, frame);
    }

    /// The subjects that the node is subscribed to.
    #[cfg(test)]
    pub fn subjects(&self) -> Vec<String> {
        self.subscriptions.subjects()
    }

    fn control(&self, control: Control) {
        // Without the task, the bus is being dropped.
        let _ = self.control.send(control);
    }
}

impl Drop for NatsBus {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A user whose events this node receives. Dropped, it does so no longer, unless there is a newer one.
pub struct Attachment {
    user: UserId,
    generation: u64,
    control: mpsc::UnboundedSender<Control>,
    _subscription: Arc<Subscription>,
}

impl Drop for Attachment {
    fn drop(&mut self) {
        let _ = self.control.send(Control::Detach { user: self.user, generation: self.generation });
    }
}

#[async_trait]
impl Bus for NatsBus {
    async fn events(&self, audience: &Audience, events: Vec<Arc<PublishedEvent>>) {
        if let Some(arrivals) = self.sender.events(audience, &events) {
            // Without the task, the bus is being dropped.
            let _ = self.local.send(Local::Events(arrivals)).await;
        }
    }

    async fn signal(&self, signal: Signal) {
        self.sender.signal(&signal);
        let Signal { audience, conversation, after, frame } = signal;
        if after == Seq(0) {
            return self.hub.signal(&audience, frame);
        }
        let arrived = ArrivedSignal { audience: Some(audience), conversation, after, frame };
        let _ = self.local.send(Local::Signal(arrived)).await;
    }

    fn set_user(&self, user: &User) {
        self.sender.set_user(user);
        self.hub.set_user(user);
    }

    fn is_ready(&self) -> bool {
        self.sender.outbound.is_connected()
    }

    fn connected_sessions(&self) -> Vec<SecretHash> {
        self.hub.sessions()
    }

    fn end(&self, user: UserId, connections: EndedConnections) {
        self.sender.end(user, connections);
        self.hub.end(user, |session| connections.contains(session));
    }
}

fn options(node: NodeId, subjects: &Subjects, counters: (Arc<AtomicBool>, Arc<AtomicU64>)) -> ConnectOptions {
    ConnectOptions::new()
        .name(format!("confab {node}"))
        // Its own messages took effect when they were sent.
        .no_echo()
        .custom_inbox_prefix(subjects.inbox())
        .retry_on_initial_connect()
        .ping_interval(PING_INTERVAL)
        .client_capacity(CLIENT_CAPACITY)
        .subscription_capacity(MAX_MESSAGES_OF_SUBJECT)
        .reconnect_delay_callback(|attempts| {
            Duration::from_millis(100 * attempts.min(10) as u64).min(MAX_RECONNECT_DELAY)
        })
        .event_callback(move |event| {
            let (missed, losses) = counters.clone();
            async move {
                match event {
                    Event::SlowConsumer(_) => missed.store(true, Ordering::Relaxed),
                    Event::Connected => {
                        tracing::info!("connected to the bus");
                        missed.store(true, Ordering::Relaxed);
                        // What was under way on a connection before it may be lost.
                        losses.fetch_add(1, Ordering::Relaxed);
                    }
                    Event::Disconnected => tracing::warn!("lost the connection to the bus"),
                    Event::ServerError(error) => tracing::warn!(%error, "the bus refused something"),
                    _ => {}
                }
            }
        })
}

/// The URL without its path.
fn server(url: &Url) -> String {
    let mut server = url.clone();
    server.set_path("");
    server.into()
}

/// The prefix of the subjects: the path, or `confab`.
fn prefix(url: &Url) -> &str {
    match url.path().trim_matches('/') {
        "" => "confab",
        prefix => prefix,
    }
}

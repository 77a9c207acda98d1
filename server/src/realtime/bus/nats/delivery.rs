//! The task that delivers to this node's connections: events of its own writer and of other nodes, in one order.

use std::{sync::Arc, time::Instant};

use async_nats::Message;
use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, Seq, UserId},
};
use tokio::{sync::mpsc, time::sleep_until};

use super::{
    arrival::{Arrivals, ArrivedSignal},
    receiver::{Received, Receiver},
    repair::{Repair, Repaired},
    subscriptions::Subscription,
    tracks::{Actions, Tracks},
};
use crate::realtime::hub::{Hub, Item};

/// How often direct conversations are forgotten in which nothing happens.
const SWEEP_INTERVAL: std::time::Duration = std::time::Duration::from_secs(30);

/// What this node's own writer and use cases deliver.
pub(super) enum Local {
    Events(Arrivals),
    Signal(ArrivedSignal),
}

/// What changes about this node's people, and what storage answered.
pub(super) enum Control {
    Attach { user: UserId, generation: u64 },
    Follow { user: UserId, generation: u64, groups: Vec<(ConversationId, Seq)> },
    Detach { user: UserId, generation: u64 },
    Compare { conversation: ConversationId, kind: ConversationKind, head: Seq, members: Vec<UserId> },
    Repaired(Repaired),
    RepairFailed(ConversationId),
}

/// The queues of the task.
pub(super) struct Queues {
    /// Full: the publisher waits.
    pub(super) local: mpsc::Receiver<Local>,
    /// Full: the client's buffers fill up, and then drop.
    pub(super) messages: mpsc::Receiver<Message>,
    /// Bounded by the connections and the conversations of their people.
    pub(super) control: mpsc::UnboundedReceiver<Control>,
}

/// The task.
pub(super) struct Delivery {
    pub(super) hub: Arc<Hub>,
    pub(super) tracks: Tracks<Arc<Subscription>>,
    pub(super) receiver: Receiver,
    /// Each conversation is asked for at most once at a time.
    pub(super) repairs: mpsc::UnboundedSender<Repair>,
}

impl Delivery {
    /// Delivers until the bus is dropped.
    pub(super) async fn run(mut self, mut queues: Queues) {
        let mut sweep = tokio::time::interval(SWEEP_INTERVAL);
        loop {
            let deadline = self.tracks.next_deadline();
            let expired = async {
                match deadline {
                    Some(at) => sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            let actions = tokio::select! {
                biased;
                control = queues.control.recv() => match control {
                    Some(control) => self.control(control),
                    None => return,
                },
                () = expired => self.tracks.expire(Instant::now()),
                local = queues.local.recv() => match local {
                    Some(Local::Events(arrivals)) => self.tracks.arrive(arrivals, Instant::now()),
                    Some(Local::Signal(signal)) => self.tracks.signal(signal, Instant::now()),
                    None => return,
                },
                message = queues.messages.recv() => match message {
                    Some(message) => self.message(message),
                    None => return,
                },
                _ = sweep.tick() => {
                    self.tracks.sweep(Instant::now());
                    Actions::default()
                }
            };
            self.carry_out(actions).await;
        }
    }

    fn control(&mut self, control: Control) -> Actions {
        match control {
            Control::Attach { user, generation } => self.tracks.attach(user, generation),
            Control::Follow { user, generation, groups } => self.tracks.follow(user, generation, groups),
            Control::Detach { user, generation } => self.tracks.detach(user, generation),
            Control::Compare { conversation, kind, head, members } => {
                return self.tracks.compare(conversation, kind, head, &members);
            }
            Control::Repaired(repaired) => return self.tracks.repaired(repaired, Instant::now()),
            Control::RepairFailed(id) => self.tracks.repair_failed(id, Instant::now()),
        }
        Actions::default()
    }

    fn message(&mut self, message: Message) -> Actions {
        match self.receiver.receive(message.payload) {
            Some(Received::Events(arrivals)) => self.tracks.arrive(arrivals, Instant::now()),
            Some(Received::Signal(signal)) => self.tracks.signal(signal, Instant::now()),
            None => Actions::default(),
        }
    }

    async fn carry_out(&self, actions: Actions) {
        for repair in actions.repairs {
            // Without a receiver the server ends.
            let _ = self.repairs.send(repair);
        }
        for (audience, items) in actions.deliveries {
            match &items[..] {
                [Item::Signal(frame)] => self.hub.signal(&audience, frame.clone()),
                items => self.hub.deliver(&audience, items).await,
            }
        }
    }
}

//! Use cases of several steps that belong together.

use std::panic::resume_unwind;

use confab_shared::error::ErrorCode;

use super::error::Error;

/// Runs steps to the end of the last one, also where the caller is dropped: hyper drops the future of a handler whose client
/// disconnects. So what was stored is signalled.
///
/// # Errors
/// Those of the steps; `internal` where the process ends before them.
pub(super) async fn run_to_end<T: Send + 'static>(
    steps: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    match tokio::spawn(steps).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Err(ErrorCode::Internal.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::{IpAddr, Ipv4Addr},
        pin::pin,
        sync::Arc,
        task::{Context, Waker},
        time::Duration,
    };

    use async_trait::async_trait;
    use confab_shared::{
        id::{Timestamp, UserId},
        text::{Title, UserName},
        user::User,
    };
    use tokio::{sync::Semaphore, time::timeout};

    use crate::{
        domain::{
            audience::Audience,
            client_address::ClientAddress,
            command::{Command, CreateGroup},
            sign_in::{SecretHash, UserKind},
        },
        realtime::{
            bus::{Bus, EndedConnections, Signal},
            published::PublishedEvent,
        },
        service::{Service, options::Options, rate_limits::RateLimits},
        storage::{NewName, Users as _, memory::Memory},
    };

    const HERE: ClientAddress = ClientAddress { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), secure: false };

    /// A bus on which every signal waits until the gate opens.
    struct GatedBus {
        gate: Semaphore,
        signalled: Semaphore,
    }

    #[async_trait]
    impl Bus for GatedBus {
        async fn events(&self, _audience: &Audience, _events: Vec<Arc<PublishedEvent>>) {}

        async fn signal(&self, _signal: Signal) {
            let _open = self.gate.acquire().await.unwrap();
            self.signalled.add_permits(1);
        }

        fn set_user(&self, _user: &User) {}

        fn connected_sessions(&self) -> Vec<SecretHash> {
            Vec::new()
        }

        fn end(&self, _user: UserId, _connections: EndedConnections) {}
    }

    /// Begins a request, and drops it while its signal waits: the signal is sent all the same.
    async fn survives_its_asker<T>(bus: &GatedBus, request: impl Future<Output = T>) {
        {
            let mut request = pin!(request);
            assert!(request.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        bus.gate.add_permits(1);
        let signalled = timeout(Duration::from_secs(30), bus.signalled.acquire()).await;
        signalled.expect("a signal").unwrap().forget();
        bus.gate.forget_permits(1);
    }

    #[tokio::test]
    async fn what_was_stored_is_signalled_to_others_though_its_asker_is_gone() {
        let (publisher, _published) = tokio::sync::mpsc::channel(16);
        let storage = Arc::new(Memory::new(publisher));
        let bus = Arc::new(GatedBus { gate: Semaphore::new(0), signalled: Semaphore::new(0) });
        let service = Service::new(
            Options::of_test(),
            Arc::clone(&storage) as _,
            Arc::clone(&bus) as _,
            RateLimits::off(),
        );
        let user = async |name: &str| {
            let name = NewName::of(UserName::new(name).unwrap());
            storage.ensure_user(name, UserKind::Page, Timestamp(1)).await.unwrap().unwrap().user
        };
        let (mei, zoe) = (user("mei").await, user("zoe").await);
        survives_its_asker(&bus, service.set_display_name(&mei, "Mei Ling", &HERE)).await;
        assert_eq!(storage.user("mei").await.unwrap().unwrap().user.shown_name(), "Mei Ling");

        let group = CreateGroup::new(Title::new("Trip").unwrap(), vec![zoe.name.clone()]);
        let create = Command { actor: mei, client_id: None, at: Timestamp(2), body: group.into() };
        let group = service.execute(create, &HERE).await.unwrap().conversation;
        survives_its_asker(&bus, service.decline_group(&zoe, group)).await;
        assert_eq!(service.group_requests(&zoe).await.unwrap(), []);
    }
}

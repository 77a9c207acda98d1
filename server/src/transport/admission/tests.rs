use super::*;

fn limits(open: usize) -> ConnectionLimits {
    ConnectionLimits { open, unauthenticated: open, authenticated: open - 1, per_network: 2 }
}

fn address(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([10, 0, 0, last]))
}

fn client(ip: &str) -> ClientAddress {
    ClientAddress::new(ip.parse().unwrap(), false)
}

fn evicted(admission: &Admission, slot: &Slot) -> bool {
    admission.connections().unauthenticated[&slot.id].evicted
}

#[test]
fn limits_reserve_files_for_storage_and_slots_for_new_connections() {
    let limits = ConnectionLimits::for_open_files;
    let few = ConnectionLimits { open: 192, unauthenticated: 192, authenticated: 168, per_network: 126 };
    assert_eq!(limits(256), few);
    let many = limits(20_000);
    assert_eq!((many.open, many.unauthenticated, many.authenticated), (19_936, 19_936, 19_680));
    assert_eq!(many.per_network, WEBSOCKETS.remote);
    assert_eq!(limits(1 << 20).unauthenticated, MAX_UNAUTHENTICATED);
    assert!(limits(usize::MAX).authenticated > 1 << 20);
    for files in 0..10 {
        assert!(limits(files).authenticated >= 1 && limits(files).per_network >= 1, "{files}");
    }
}

#[test]
fn address_with_many_connections_loses_one_before_an_address_with_few() {
    let admission = Admission::new(limits(4));
    let quiet = admission.try_admit(address(1)).unwrap();
    let many: Vec<_> = (0..3).map(|_| admission.try_admit(address(2)).unwrap()).collect();
    assert!(admission.try_admit(address(3)).is_none());
    let evictions: Vec<_> = many.iter().map(|slot| evicted(&admission, slot)).collect();
    assert_eq!((evicted(&admission, &quiet), evictions), (false, vec![true, false, false]));
    drop(many);
    assert!(admission.try_admit(address(3)).is_some());
}

#[test]
fn signed_in_connections_are_evicted_last_and_busy_ones_never() {
    let admission = Admission::new(limits(3));
    let [signed_in, working, waiting] = [1, 2, 3].map(|n| admission.try_admit(address(n)).unwrap());
    signed_in.mark_signed_in();
    working.working();
    assert!(admission.try_admit(address(4)).is_none());
    assert!(evicted(&admission, &waiting) && !evicted(&admission, &signed_in));
    drop(waiting);
    let busy = admission.try_admit(address(4)).unwrap();
    busy.working();
    assert!(admission.try_admit(address(5)).is_none());
    assert!(evicted(&admission, &signed_in) && !evicted(&admission, &working));
}

#[test]
fn authenticated_sockets_are_not_evicted_and_leave_a_reserved_slot() {
    let admission = Admission::new(limits(2));
    let socket = admission.try_admit(address(1)).unwrap();
    let authenticated = socket.authenticate(&client("10.0.0.1")).unwrap();
    drop(socket);
    let next = admission.try_admit(address(1)).unwrap();
    let refused = next.authenticate(&client("10.0.0.2")).err();
    assert_eq!(refused, Some(NoSlot::OfServer), "the last slot is reserved");
    assert!(admission.try_admit(address(1)).is_none());
    assert!(evicted(&admission, &next));
    drop(authenticated);
    assert!(admission.try_admit(address(1)).is_some());
}

#[test]
fn connections_of_a_trusted_proxy_count_as_those_of_its_clients() {
    let admission = Admission::new(limits(5));
    let proxied: Vec<_> = (0..3).map(|_| admission.try_admit(None).unwrap()).collect();
    let many: Vec<_> = (0..2).map(|_| admission.try_admit(address(1)).unwrap()).collect();
    assert!(admission.try_admit(address(2)).is_none());
    assert!(evicted(&admission, &many[0]) && !evicted(&admission, &proxied[0]), "the proxy has no address");
    drop(many);
    // One client has two of them by now.
    proxied[1].set_client([203, 0, 113, 5].into());
    proxied[2].set_client([203, 0, 113, 5].into());
    let _others = [3, 4].map(|last| admission.try_admit(address(last)).unwrap());
    assert!(admission.try_admit(address(5)).is_none());
    assert!(evicted(&admission, &proxied[1]) && !evicted(&admission, &proxied[0]));
}

#[test]
fn one_network_has_a_bounded_number_of_authenticated_sockets_and_loopback_all() {
    let admission = Admission::new(limits(9));
    let authenticate = |ip: &str| admission.try_admit(None).unwrap().authenticate(&client(ip));
    let mut sockets = vec![authenticate("2001:db8::1").unwrap(), authenticate("2001:db8::2").unwrap()];
    assert_eq!(authenticate("2001:db8::3").err(), Some(NoSlot::OfNetwork), "of the same /64");
    sockets.push(authenticate("2001:db8:0:1::1").unwrap());
    for _ in 0..3 {
        sockets.push(authenticate("127.0.0.1").unwrap());
    }
    sockets.remove(0);
    sockets.push(authenticate("2001:db8::3").unwrap());
    drop(sockets);
    let connections = admission.connections();
    assert_eq!((connections.authenticated, connections.authenticated_of.len()), (0, 0));
}

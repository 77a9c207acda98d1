//! Pages on several nodes behind a load balancer.

use crate::{
    cluster::Cluster,
    support::{balancer::Balancer, browser::Browser},
};

#[tokio::test]
async fn two_tabs_on_two_nodes_talk_and_go_on_when_one_node_dies() {
    let Some(cluster) = Cluster::new() else { return };
    let (mut one, other) = (cluster.node().await, cluster.node().await);
    let (near_one, near_other) =
        (Balancer::before([&one, &other]).await, Balancer::before([&other, &one]).await);
    let browser = Browser::start().await;
    let ada = browser.open(&near_one.url("/?userID=ada")).await;
    ada.online().await;
    let mei = browser.open(&near_other.url("/?userID=mei")).await;
    mei.online().await;
    mei.begin_with("ada").await;
    mei.say("hello from the other node").await;
    ada.choose("mei").await;
    ada.hears("hello from the other node").await;
    ada.say("hello from the first").await;
    mei.hears("hello from the first").await;

    one.sigkill().await;
    ada.say("sent while my node died").await;
    ada.said("sent while my node died").await;
    mei.hears("sent while my node died").await;
    mei.say("and back").await;
    ada.hears("and back").await;
    let all = ["hello from the other node", "hello from the first", "sent while my node died", "and back"];
    assert_eq!(ada.messages().await, all, "each once, in order");
    assert_eq!(mei.messages().await, all, "each once, in order");
}

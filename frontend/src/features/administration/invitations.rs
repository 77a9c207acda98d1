//! The invitations to the server: making one, and those that can still be used.

use confab_shared::{api::Invitation, user::ServerRole};
use leptos::prelude::*;

use super::{invitation_list::InvitationList, new_invitation::NewInvitationForm};
use crate::{
    platform::api,
    session::use_session,
    ui::submission::{FetchError, Submission},
};

#[component]
pub(super) fn Invitations(role: ServerRole) -> impl IntoView {
    let session = use_session();
    let invitations = RwSignal::new(None::<Vec<Invitation>>);
    let request = Submission::new();
    let load = move |revoked: Option<u64>| {
        let token = session.token();
        request.run(async move {
            if let Some(id) = revoked {
                api::accounts::revoke_invitation(&token, id).await?;
            }
            let answer = api::accounts::get_invitations(&token).await?;
            invitations.try_set(Some(answer.invitations));
            Ok(())
        });
    };
    load(None);
    view! {
        <NewInvitationForm role on_made=Callback::new(move |()| load(None))/>
        <InvitationList
            invitations
            blocked=request.disabled_or(|| false)
            on_revoke=Callback::new(move |id| load(Some(id)))
        />
        <FetchError request on_retry=move |()| load(None)/>
    }
}

//! Invitations.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use confab_shared::api::{CreatedInvitation, InvitationLookup, InvitationView, Invitations, NewInvitation};

use super::{
    bearer::SignedInUser,
    extract::{Body, Number},
};
use crate::{domain::client_address::ClientAddress, service::Service, transport::error::HttpError};

/// `POST /api/v1/invitations`
pub async fn create(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    headers: HeaderMap,
    Body(request): Body<NewInvitation>,
) -> Result<(StatusCode, Json<CreatedInvitation>), HttpError> {
    // It was checked before the request came here.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    Ok((StatusCode::CREATED, Json(service.invite(&user, request, host, &from).await?)))
}

/// `GET /api/v1/invitations`
pub async fn list(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
) -> Result<Json<Invitations>, HttpError> {
    Ok(Json(service.invitations(&user).await?))
}

/// `DELETE /api/v1/invitations/{id}`
pub async fn revoke(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Number(id): Number<u64>,
) -> Result<StatusCode, HttpError> {
    service.revoke_invitation(&user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/invitations/lookup`: the secret is in no address.
pub async fn look_up(
    State(service): State<Service>,
    from: ClientAddress,
    Body(lookup): Body<InvitationLookup>,
) -> Result<Json<InvitationView>, HttpError> {
    Ok(Json(service.look_up_invitation(&lookup.token, &from).await?))
}

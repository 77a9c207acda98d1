//! The requests about accounts, invitations, sessions, second factors and what the owner decides.

use confab_shared::{
    api::{
        Account, AccountChange, Accounts, CreatedInvitation, InvitationLookup, InvitationView, Invitations,
        NewAccount, NewInvitation, NewSecondFactor, RecoveryCodes, SecondFactorCode, SecondFactorSecret,
        Sessions, Settings, SignedIn,
    },
    id::UserId,
};
use gloo_net::http::Method;
use js_sys::encode_uri_component;

use super::{ApiResult, decoded, encoded, request};

/// `POST /accounts`
pub(crate) async fn create_account(body: &NewAccount) -> ApiResult<SignedIn> {
    decoded(request(Method::POST, "/accounts", "", encoded(body)).await)
}

/// `POST /invitations/lookup`: what a link is good for.
pub(crate) async fn look_up_invitation(body: &InvitationLookup) -> ApiResult<InvitationView> {
    decoded(request(Method::POST, "/invitations/lookup", "", encoded(body)).await)
}

/// `GET /accounts`: the people whose name begins with `prefix`, those behind a name where one is given.
pub(crate) async fn find_accounts(token: &str, prefix: &str, after: Option<&str>) -> ApiResult<Accounts> {
    let after = after.map(|after| format!("&after={}", percent_encoded(after))).unwrap_or_default();
    let path = format!("/accounts?query={}{after}", percent_encoded(prefix));
    decoded(request(Method::GET, &path, token, None).await)
}

/// `PATCH /accounts/{id}`
pub(crate) async fn change_account(token: &str, id: UserId, change: &AccountChange) -> ApiResult<Account> {
    decoded(request(Method::PATCH, &format!("/accounts/{id}"), token, encoded(change)).await)
}

/// `GET /invitations`
pub(crate) async fn get_invitations(token: &str) -> ApiResult<Invitations> {
    decoded(request(Method::GET, "/invitations", token, None).await)
}

/// `POST /invitations`
pub(crate) async fn create_invitation(token: &str, body: &NewInvitation) -> ApiResult<CreatedInvitation> {
    decoded(request(Method::POST, "/invitations", token, encoded(body)).await)
}

/// `DELETE /invitations/{id}`
pub(crate) async fn revoke_invitation(token: &str, id: u64) -> ApiResult<()> {
    request(Method::DELETE, &format!("/invitations/{id}"), token, None).await.map(drop)
}

/// `GET /me/sessions`, or `GET /accounts/{id}/sessions` of another user.
pub(crate) async fn get_sessions(token: &str, of: Option<UserId>) -> ApiResult<Sessions> {
    decoded(request(Method::GET, &sessions_path(of), token, None).await)
}

/// `DELETE /me/sessions`, or `DELETE /accounts/{id}/sessions` of another user: ends all of them.
pub(crate) async fn end_sessions(token: &str, of: Option<UserId>) -> ApiResult<()> {
    request(Method::DELETE, &sessions_path(of), token, None).await.map(drop)
}

/// `DELETE /me/sessions?others=true`: ends all of the user's own but the one that asks.
pub(crate) async fn end_other_sessions(token: &str) -> ApiResult<()> {
    request(Method::DELETE, "/me/sessions?others=true", token, None).await.map(drop)
}

/// `DELETE /me/sessions/{id}`
pub(crate) async fn end_session(token: &str, id: u64) -> ApiResult<()> {
    request(Method::DELETE, &format!("/me/sessions/{id}"), token, None).await.map(drop)
}

/// `POST /me/second-factor`: a new secret, which counts once it is confirmed.
pub(crate) async fn create_second_factor(
    token: &str,
    password: &NewSecondFactor,
) -> ApiResult<SecondFactorSecret> {
    decoded(request(Method::POST, "/me/second-factor", token, encoded(password)).await)
}

/// `PUT /me/second-factor`
pub(crate) async fn confirm_second_factor(token: &str, code: &SecondFactorCode) -> ApiResult<RecoveryCodes> {
    decoded(request(Method::PUT, "/me/second-factor", token, encoded(code)).await)
}

/// `DELETE /me/second-factor`
pub(crate) async fn remove_second_factor(token: &str, code: &SecondFactorCode) -> ApiResult<()> {
    request(Method::DELETE, "/me/second-factor", token, encoded(code)).await.map(drop)
}

/// `GET /settings`
pub(crate) async fn get_settings(token: &str) -> ApiResult<Settings> {
    decoded(request(Method::GET, "/settings", token, None).await)
}

/// `PATCH /settings`
pub(crate) async fn change_settings(token: &str, change: &Settings) -> ApiResult<Settings> {
    decoded(request(Method::PATCH, "/settings", token, encoded(change)).await)
}

fn sessions_path(of: Option<UserId>) -> String {
    of.map_or_else(|| "/me/sessions".to_owned(), |id| format!("/accounts/{id}/sessions"))
}

fn percent_encoded(text: &str) -> String {
    encode_uri_component(text).into()
}

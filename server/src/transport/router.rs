//! The route table of the whole server.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{delete, get, patch, post, put},
};
use confab_shared::protocol::MAX_FRAME_BYTES;

use super::{
    error,
    http::{
        accounts, assets, attachments, conversations, drafts, events, headers, health, host, invitations, me,
        messages, origin, panic, saved, search, server, sessions, threads, users,
    },
    ws::{self, connections::Connections},
};

/// The router of all routes, with the layers that apply to all.
pub fn router(connections: Connections) -> Router {
    let uploads = Router::new()
        .route("/attachments", post(attachments::create).options(attachments::options))
        .route(
            "/attachments/{id}",
            get(attachments::get)
                .head(attachments::status)
                .patch(attachments::add_bytes)
                .delete(attachments::discard)
                .options(attachments::options),
        )
        .route_layer(attachments::resumable());
    let api = Router::new()
        .route("/server", get(server::info))
        .route("/sessions", post(sessions::sign_in))
        .route("/session", delete(sessions::sign_out))
        .route("/accounts", get(accounts::list).post(accounts::create))
        .route("/accounts/{id}", patch(accounts::change))
        .route("/accounts/{id}/sessions", get(accounts::sessions).delete(accounts::end_sessions))
        .route("/invitations", get(invitations::list).post(invitations::create))
        .route("/invitations/lookup", post(invitations::look_up))
        .route("/invitations/{id}", delete(invitations::revoke))
        .route("/settings", get(server::settings).patch(server::change_settings))
        .route("/me", get(me::get).patch(me::change))
        .route("/me/sessions", get(me::sessions).delete(me::end_sessions))
        .route("/me/sessions/{id}", delete(me::end_session))
        .route(
            "/me/second-factor",
            post(me::new_second_factor).put(me::confirm_second_factor).delete(me::remove_second_factor),
        )
        .route("/users", get(users::find))
        .route("/conversations", get(conversations::list).post(conversations::open))
        .route("/conversations/{id}", get(conversations::get).patch(conversations::rename))
        .route("/conversations/{id}/events", get(events::list))
        .route("/conversations/{id}/messages", get(messages::list).post(messages::send))
        .route("/conversations/{id}/messages/{seq}", patch(messages::edit).delete(messages::delete))
        .route("/conversations/{id}/messages/{seq}/reactions", put(messages::react))
        .route("/conversations/{id}/messages/{seq}/pin", put(messages::pin))
        .route("/conversations/{id}/messages/{seq}/previews", delete(messages::remove_preview))
        .route("/conversations/{id}/messages/{seq}/readers", get(messages::readers))
        .route("/conversations/{id}/messages/{seq}/revisions", get(messages::revisions))
        .route("/conversations/{id}/pins", get(messages::pins))
        .route("/conversations/{id}/readers", get(messages::read_positions))
        .route("/conversations/{id}/threads/{root}", get(threads::get).put(threads::follow))
        .route("/threads", get(threads::list))
        .route("/conversations/{id}/members", get(conversations::members).post(conversations::add_members))
        .route("/conversations/{id}/leave", post(conversations::leave))
        .route("/conversations/{id}/join", post(conversations::join).delete(conversations::decline))
        .route("/conversations/{id}/topic", put(conversations::set_topic))
        .route("/conversations/{id}/draft", get(drafts::get).put(drafts::save))
        .route("/drafts", get(drafts::list))
        .route("/saved", get(saved::list))
        .route("/saved/{conversation}/{seq}", put(saved::save).delete(saved::unsave))
        .route("/search", get(search::search))
        .route("/conversations/{id}/unread", put(conversations::mark_unread))
        .route("/attachments/links", post(attachments::links))
        .route("/attachments/{id}/copies", post(attachments::copy))
        .merge(uploads)
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(&connections.origins), origin::check))
        .layer(headers::no_store())
        .layer(DefaultBodyLimit::max(MAX_FRAME_BYTES))
        // By links that an <img> may have: without a token, and caches may store what is behind them.
        .route("/attachments/{id}/{name}", get(attachments::serve));
    let router = Router::new()
        .nest("/api/v1", api)
        .route("/ws", get(ws::upgrade).post(ws::upgrade))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .method_not_allowed_fallback(error::method_not_allowed)
        .fallback(assets::serve)
        .layer(from_fn_with_state(Arc::clone(&connections.origins), host::check))
        .layer(from_fn(panic::catch));
    headers::security().into_iter().fold(router, Router::layer).with_state(connections)
}

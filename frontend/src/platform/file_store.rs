//! Files that outlive the page, in IndexedDB. It may be forbidden or full: files are then lost with the page, and nothing
//! else fails.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{File, IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransactionMode};

use super::{browser::window, promises::happens};

const DATABASE: &str = "confab";
const STORE: &str = "files";

/// How long the database may take, in milliseconds.
const TIMEOUT_MS: u32 = 20_000;

/// Stores a file.
pub(crate) async fn put(key: &str, file: &File) {
    if let Some(store) = open(IdbTransactionMode::Readwrite).await
        && let Ok(request) = store.put_with_key(file, &key.into())
    {
        finished(&request).await;
    }
}

/// A stored file.
pub(crate) async fn get(key: &str) -> Option<File> {
    let request = open(IdbTransactionMode::Readonly).await?.get(&key.into()).ok()?;
    finished(&request).await?.dyn_into().ok()
}

/// Removes a file.
pub(crate) async fn remove(key: &str) {
    if let Some(store) = open(IdbTransactionMode::Readwrite).await
        && let Ok(request) = store.delete(&key.into())
    {
        finished(&request).await;
    }
}

/// Removes all files but those whose keys are wanted.
pub(crate) async fn retain(is_wanted: impl Fn(&str) -> bool) {
    let unwanted: Vec<_> = keys().await.into_iter().filter(|key| !is_wanted(key)).collect();
    for key in unwanted {
        remove(&key).await;
    }
}

async fn keys() -> Vec<String> {
    let request = open(IdbTransactionMode::Readonly).await.and_then(|store| store.get_all_keys().ok());
    let Some(request) = request else { return Vec::new() };
    let keys = finished(&request).await.and_then(|keys| keys.dyn_into::<Array>().ok()).unwrap_or_default();
    keys.iter().filter_map(|key| key.as_string()).collect()
}

async fn open(mode: IdbTransactionMode) -> Option<IdbObjectStore> {
    let request: IdbOpenDbRequest = window().indexed_db().ok()??.open_with_u32(DATABASE, 1).ok()?;
    let opening = request.clone();
    let make = Closure::<dyn Fn(JsValue)>::new(move |_: JsValue| {
        let database = opening.result().ok().and_then(|database| database.dyn_into::<IdbDatabase>().ok());
        if let Some(database) = database {
            let _ = database.create_object_store(STORE);
        }
    });
    request.set_onupgradeneeded(Some(make.as_ref().unchecked_ref()));
    let database: IdbDatabase = finished(&request).await?.dyn_into().ok()?;
    let transaction = database.transaction_with_str_and_mode(STORE, mode);
    // The connection ends with this transaction, so that none holds up a page that upgrades the database.
    database.close();
    transaction.ok()?.object_store(STORE).ok()
}

async fn finished(request: &IdbRequest) -> Option<JsValue> {
    if happens(request, "success", "error", TIMEOUT_MS).await { request.result().ok() } else { None }
}

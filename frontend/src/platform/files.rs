//! Files of the user: chosen, pasted, dropped; and addresses by which elements show them.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, ClipboardEvent, DataTransfer, DragEvent, File, FileList, FilePropertyBag, HtmlInputElement, Url,
};

use super::{browser::window, promises};

/// The files that were chosen in a field, which is empty afterwards: the same ones can be chosen again.
pub(crate) fn take_chosen(input: &HtmlInputElement) -> Vec<File> {
    let files = listed(input.files());
    input.set_value("");
    files
}

/// The files that are pasted; none where it is a text, of which programs also put a picture into the clipboard.
pub(crate) fn pasted(event: &ClipboardEvent) -> Vec<File> {
    let data = event.clipboard_data();
    let has_text = |data: &DataTransfer| data.get_data("text/plain").is_ok_and(|text| !text.is_empty());
    data.filter(|data| !has_text(data)).map(|data| listed(data.files())).unwrap_or_default()
}

/// Whether files are dragged, and not a text or a part of the page.
pub(crate) fn are_dragged(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().iter().any(|of| of == JsValue::from_str("Files")))
}

/// The files that are dropped, without folders, which cannot be read.
pub(crate) fn dropped(event: &DragEvent) -> Vec<File> {
    let Some(data) = event.data_transfer() else { return Vec::new() };
    let items = Reflect::get(&data, &"items".into()).unwrap_or_default();
    let is_folder = |index: usize| {
        let item = Reflect::get_u32(&items, u32::try_from(index).ok()?).ok()?;
        let entry: Function = Reflect::get(&item, &"webkitGetAsEntry".into()).ok()?.dyn_into().ok()?;
        Reflect::get(&entry.call0(&item).ok()?, &"isDirectory".into()).ok()?.as_bool()
    };
    let files = listed(data.files()).into_iter().enumerate();
    files.filter(|(index, _)| is_folder(*index) != Some(true)).map(|(_, file)| file).collect()
}

fn listed(files: Option<FileList>) -> Vec<File> {
    let Some(files) = files else { return Vec::new() };
    (0..files.length()).filter_map(|index| files.get(index)).collect()
}

/// A file of some parts.
pub(crate) fn of_parts(parts: &Array, name: &str, mime: &str) -> Option<File> {
    let properties = FilePropertyBag::new();
    properties.set_type(mime);
    File::new_with_blob_sequence_and_options(parts, name, &properties).ok()
}

/// The part of a file between two positions.
pub(crate) fn slice(file: &File, start: u64, end: u64) -> Option<Blob> {
    file.slice_with_f64_and_f64(start as f64, end as f64).ok()
}

/// Whether the bytes of a file can still be read: not where it was changed or moved since the user chose it.
pub(crate) async fn is_readable(file: &File) -> bool {
    match slice(file, 0, 1) {
        Some(first) => promises::value(Ok(first.array_buffer())).await.is_some(),
        None => false,
    }
}

/// An address by which elements of this page show a file.
pub(crate) fn address(file: &File) -> Option<String> {
    Url::create_object_url_with_blob(file).ok()
}

/// Gives an address up.
pub(crate) fn forget_address(url: &str) {
    let _ = Url::revoke_object_url(url);
}

/// Bytes in base64.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    window().btoa(&text).unwrap_or_default()
}

/// The bytes of a text in base64; none where it is of another form.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let bytes = window().atob(text).ok()?;
    bytes.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// Whether the browser can record sound: it does so only where the page came over TLS, or from this computer.
pub(crate) fn can_record() -> bool {
    let has = |of: &JsValue, name: &str| Reflect::has(of, &name.into()).unwrap_or_default();
    has(&window().navigator(), "mediaDevices") && has(window().unchecked_ref(), "MediaRecorder")
}

//! Puts the page into the executable: every file of `dist/`, in brotli, and in gzip for browsers without TLS, which
//! take no other.
//!
//! Without `dist/` (a fresh clone, a check without the page) a page that says so takes its place.

use std::{
    collections::BTreeMap,
    env, fs,
    io::Write,
    path::{Path, PathBuf},
};

use brotli::enc::BrotliEncoderParams;

const NO_PAGE: &str = "<!doctype html><meta charset=utf-8><title>Confab</title>\
    <p>This build has no page in it. Build it with <code>make</code>, or run <code>make dev</code>.";

fn main() {
    println!("cargo::rerun-if-changed=migrations");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("..");
    // The second is what trunk copies into the first as it is.
    let (dist, public) = (root.join("dist"), root.join("frontend/public"));
    for folder in [&dist, &public] {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let mut files = BTreeMap::new();
    collect(&dist, &dist, &mut files);
    if !files.contains_key("index.html") {
        if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
            println!("cargo::warning=dist/ is missing: this executable will have no page in it");
        }
        files.insert("index.html".to_owned(), NO_PAGE.into());
    }
    let mut copied = BTreeMap::new();
    collect(&public, &public, &mut copied);
    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    for (number, (path, bytes)) in files.iter().enumerate() {
        let (content_type, digest) = (content_type(path), fnv(bytes));
        let name = out.join(number.to_string());
        // Such a picture is compressed already.
        let content =
            if content_type == "image/png" { plain(&name, bytes) } else { compressed(&name, bytes) };
        // What is not copied is processed, and named after its bytes; only the document is not.
        let immutable = !copied.contains_key(path) && path != "index.html";
        table += &format!(
            "Asset {{ path: {path:?}, content_type: {content_type:?}, digest: \"{digest:016x}\", immutable: {immutable}, content: {content} }},\n",
        );
    }
    table += "];\n";
    fs::write(out.join("assets.rs"), table).expect("OUT_DIR can be written");
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    // trunk builds in a folder of this name and moves it into place at the end.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| !path.ends_with(".stage")) {
        if path.is_dir() {
            collect(root, &path, files);
        } else if let (Ok(name), Ok(bytes)) = (path.strip_prefix(root), fs::read(&path)) {
            files.insert(name.to_string_lossy().replace('\\', "/"), bytes);
        }
    }
}

/// Stores a file as it is, and answers its `Content`.
fn plain(name: &Path, bytes: &[u8]) -> String {
    format!("Content::Plain({})", stored(&name.with_extension("plain"), bytes))
}

/// Stores a file in both codings, and answers its `Content`.
fn compressed(name: &Path, bytes: &[u8]) -> String {
    let brotli = stored(&name.with_extension("br"), &in_brotli(bytes));
    let gzip = stored(&name.with_extension("gz"), &in_gzip(bytes));
    format!("Content::Compressed {{ brotli: {brotli}, gzip: {gzip} }}")
}

fn stored(file: &Path, bytes: &[u8]) -> String {
    fs::write(file, bytes).expect("OUT_DIR can be written");
    format!("include_bytes!({file:?})")
}

fn in_brotli(bytes: &[u8]) -> Vec<u8> {
    // A debug page is ten times the size and read once: best quality only for what is shipped.
    let quality = if bytes.len() > 4_000_000 { 4 } else { 11 };
    let params = BrotliEncoderParams { quality, lgwin: 24, size_hint: bytes.len(), ..Default::default() };
    let mut writer = brotli::CompressorWriter::with_params(Vec::new(), 64 * 1024, &params);
    writer.write_all(bytes).expect("memory can be written");
    writer.into_inner()
}

fn in_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).expect("memory can be written");
    writer.finish().expect("memory can be written")
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/vnd.microsoft.icon",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

/// FNV-1a, 64 bit: tells versions of a file apart.
fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

//! Turns `locales/*.json` into checked keys: a missing key or argument fails the build.
//!
//! It uses what `leptos_i18n_build` is made of, and not that crate: it also brings ICU's data exporter (85 crates, an
//! HTTP client with TLS among them), which only translations with ICU's own formatters need.

use std::{env, error::Error, fs, path::PathBuf};

use leptos_i18n_parser::parse_locales::{
    options::{Config, ParseOptions},
    parse_locales,
};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=Cargo.toml");
    split_page();
    let options = ParseOptions::new().interpolate_display(true);
    let config = Config::new("en")?.add_locale("zh-CN")?.parse_options(options);
    let locales = parse_locales(None, config)?;
    for path in locales.tracked_files.iter().flatten() {
        println!("cargo::rerun-if-changed={path}");
    }
    // A key that one language lacks is a warning to the parser.
    for warning in locales.diag.warnings().iter() {
        println!("cargo::error={warning}");
    }
    for error in locales.diag.errors().iter() {
        println!("cargo::error={error}");
    }
    let module = leptos_i18n_codegen::gen_code(&locales, None, false, None, true)?;
    let out = PathBuf::from(env::var("OUT_DIR")?).join("i18n");
    fs::create_dir_all(&out)?;
    fs::write(out.join("mod.rs"), module.to_string())?;
    Ok(())
}

/// Only a release page is in several modules: see `scripts/split-page.sh`, which reads the relocations.
fn split_page() {
    println!("cargo::rustc-check-cfg=cfg(split_page)");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_FAMILY", "wasm") && is("PROFILE", "release") {
        println!("cargo::rustc-cfg=split_page");
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
}

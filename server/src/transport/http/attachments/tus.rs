//! The headers of tus.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::{Engine, prelude::BASE64_STANDARD};
use confab_shared::error::ErrorCode;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{
    service::{NewUpload, error::Error},
    transport::error::HttpError,
};

/// How many bytes an upload has.
pub(super) const LENGTH: HeaderName = HeaderName::from_static("upload-length");

/// Where bytes begin, and how far an upload has come.
pub(super) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");

/// The type of the bytes of an upload.
pub(super) const CONTENT_TYPE: &str = "application/offset+octet-stream";

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");

/// The version.
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");

/// The header of every answer to a request of tus.
pub fn resumable() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(RESUMABLE, VERSION)
}

/// What this server can.
pub(super) fn abilities(max_bytes: u64) -> [(HeaderName, HeaderValue); 3] {
    [
        (HeaderName::from_static("tus-version"), VERSION),
        (HeaderName::from_static("tus-extension"), HeaderValue::from_static("creation,termination")),
        (HeaderName::from_static("tus-max-size"), HeaderValue::from(max_bytes)),
    ]
}

/// How far an upload has come, and how many bytes it will have where that is asked for.
pub(super) fn offset_headers(offset: u64, length: Option<u64>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(OFFSET, HeaderValue::from(offset));
    if let Some(length) = length {
        headers.insert(LENGTH, HeaderValue::from(length));
    }
    headers
}

/// Checks the version that a request speaks.
pub(super) fn check_version(headers: &HeaderMap) -> Result<(), HttpError> {
    match headers.get(RESUMABLE) == Some(&VERSION) {
        true => Ok(()),
        false => Err(ErrorCode::UnsupportedTusVersion.into()),
    }
}

/// The number of a header.
pub(super) fn number(headers: &HeaderMap, name: HeaderName) -> Result<u64, HttpError> {
    let text = headers.get(&name).and_then(|value| value.to_str().ok());
    let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| bad_request(format!("The header {name} is missing, or is no number.")))
}

fn bad_request(sentence: String) -> HttpError {
    HttpError(Error::new(ErrorCode::BadRequest, sentence))
}

/// What a request says of its file: `filename`, `filetype`, and of audio and video `duration` in milliseconds, of a voice message
/// `waveform` in base64. Each value is in base64 itself; keys that are not known are passed over.
pub(super) fn metadata(headers: &HeaderMap) -> Result<NewUpload, HttpError> {
    let wrong = || {
        bad_request("The header upload-metadata is a list of keys, each with a text in base64.".to_owned())
    };
    let mut new = NewUpload::default();
    let Some(value) = headers.get(METADATA) else { return Ok(new) };
    let value = value.to_str().map_err(|_| wrong())?;
    for pair in value.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let bytes = BASE64_STANDARD.decode(value.trim()).map_err(|_| wrong())?;
        let text = String::from_utf8(bytes);
        match key {
            "filename" => new.name = text.map_err(|_| wrong())?,
            "filetype" => new.mime = text.map_err(|_| wrong())?,
            "duration" => new.duration = text.ok().and_then(|text| text.parse().ok()),
            "waveform" => new.waveform = Some(text.map_err(|_| wrong())?),
            _ => {}
        }
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &'static str) -> Result<NewUpload, HttpError> {
        metadata(&HeaderMap::from_iter([(METADATA, HeaderValue::from_static(value))]))
    }

    #[test]
    fn metadata_is_a_list_of_keys_and_texts_in_base64() {
        let all = parse(
            "filename 5paH5Lu2LnR4dA==,filetype dGV4dC9wbGFpbg==, duration MTUwMA==,waveform QUFFQw==,is_new",
        );
        let expected = NewUpload {
            name: "文件.txt".to_owned(),
            mime: "text/plain".to_owned(),
            duration: Some(1_500),
            waveform: Some("AAEC".to_owned()),
        };
        assert_eq!(all.unwrap(), expected);
        assert_eq!(parse("").unwrap(), NewUpload::default());
        assert_eq!(metadata(&HeaderMap::new()).unwrap(), NewUpload::default());
        for wrong in ["filename ?", "filename /w==", "filename"] {
            assert_eq!(parse(wrong).is_ok(), wrong == "filename", "{wrong}");
        }
    }

    #[test]
    fn numbers_have_digits_only() {
        let parse = |value: &'static str| {
            number(&HeaderMap::from_iter([(OFFSET, HeaderValue::from_static(value))]), OFFSET).ok()
        };
        assert_eq!(
            (parse("0"), parse("12"), parse("18446744073709551615")),
            (Some(0), Some(12), Some(u64::MAX))
        );
        for wrong in ["", "-1", "+1", "1.5", "18446744073709551616"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}

//! Parses the values of flags that name a site.

use url::Url;

/// Parses the address by which people reach the server, into the form of an origin. A slash at its end is accepted: that
/// is how an address bar writes it.
pub(super) fn parse_public_url(text: &str) -> Result<String, String> {
    let text = text.trim();
    match parse_origin(text.strip_suffix('/').unwrap_or(text))? {
        origin if origin == "null" => Err("expected an address, such as https://chat.example".to_owned()),
        origin => Ok(origin),
    }
}

/// Parses an origin into the form that browsers send: case, Unicode names, the scheme's default port and a trailing dot
/// are normalised. Anything that no browser sends is an error, since it would silently match nothing.
pub(super) fn parse_origin(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("null") {
        return Ok("null".to_owned());
    }
    if text.contains('*') {
        return Err("a wildcard matches nothing: name each site, such as https://chat.example".to_owned());
    }
    let wrong = || "expected an origin, such as https://chat.example, or null".to_owned();
    let mut url = Url::parse(text).map_err(|_| wrong())?;
    let name = url.host_str().unwrap_or_default();
    let name = name.strip_suffix('.').unwrap_or(name).to_owned();
    if !matches!(url.scheme(), "http" | "https") || !text.contains("://") || name.is_empty() {
        return Err(wrong());
    }
    url.set_host(Some(&name)).map_err(|_| wrong())?;
    let origin = url.origin().ascii_serialization();
    let has_no_path = url.path() == "/" && !text.ends_with(['/', '\\']);
    let ends_at_port = has_no_path && url.query().is_none() && url.fragment().is_none();
    if ends_at_port && url.username().is_empty() && url.password().is_none() {
        Ok(origin)
    } else {
        Err(format!("an origin has nothing behind the name and the port: write {origin}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_normalised_to_the_form_that_browsers_send() {
        for (given, normalised) in [
            ("https://chat.example", "https://chat.example"),
            ("HTTPS://Chat.Example", "https://chat.example"),
            ("https://chat.example:443", "https://chat.example"),
            ("http://chat.example:80", "http://chat.example"),
            ("http://chat.example:8443", "http://chat.example:8443"),
            ("https://chat.example.", "https://chat.example"),
            ("https://chat.example.:8443", "https://chat.example:8443"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://[::0001]:9000", "http://[::1]:9000"),
            (" http://192.0.2.1 ", "http://192.0.2.1"),
            ("null", "null"),
            ("NULL", "null"),
        ] {
            assert_eq!(parse_origin(given).as_deref(), Ok(normalised), "{given}");
        }
    }

    #[test]
    fn origin_that_no_browser_sends_is_refused_with_a_hint() {
        for (given, hint) in [
            ("https://*.example", "wildcard"),
            ("*", "wildcard"),
            ("https://chat.example/", "write https://chat.example"),
            ("https://chat.example/chat", "write https://chat.example"),
            ("https://chat.example?x", "write https://chat.example"),
            ("https://me@chat.example", "write https://chat.example"),
            ("chat.example", "such as https://chat.example"),
            ("chat.example:443", "such as https://chat.example"),
            ("https:chat.example", "such as https://chat.example"),
            ("ws://chat.example", "such as https://chat.example"),
            ("https://", "such as https://chat.example"),
            ("https://.", "such as https://chat.example"),
            ("https://chat example", "such as https://chat.example"),
            ("", "such as https://chat.example"),
        ] {
            let refused = parse_origin(given).expect_err(given);
            assert!(refused.contains(hint), "{given}: {refused}");
        }
    }

    #[test]
    fn public_url_is_an_origin_with_or_without_a_slash() {
        assert_eq!(parse_public_url("HTTPS://Chat.Example:443/").as_deref(), Ok("https://chat.example"));
        assert_eq!(parse_public_url("http://192.0.2.1:8088").as_deref(), Ok("http://192.0.2.1:8088"));
        for wrong in [
            "null",
            "",
            "chat.example",
            "https://chat.example/chat",
            "https://chat.example//",
            "https://*.example",
        ] {
            assert!(parse_public_url(wrong).is_err(), "{wrong}");
        }
    }
}

//! The query of an upgrade to the demo's dialect.

use confab_shared::error::ErrorCode;
use percent_encoding::percent_decode_str;

use crate::service::error::Error;

/// The value of `userID` in a query.
///
/// # Errors
/// `bad_name` where it is missing, empty or not UTF-8.
pub fn user_id(query: &str) -> Result<String, Error> {
    let missing = || Error::new(ErrorCode::BadName, "userID is missing: connect to /ws?userID=YOUR-ID.");
    let value = query.split('&').find_map(|pair| pair.strip_prefix("userID=")).ok_or_else(missing)?;
    let value = value.replace('+', " ");
    let id = percent_decode_str(&value).decode_utf8().map(Into::into);
    let id: String = id.map_err(|_| {
        Error::new(ErrorCode::BadName, "userID is not text: write it as percent-encoded UTF-8.")
    })?;
    if id.is_empty() { Err(missing()) } else { Ok(id) }
}

#[cfg(test)]
mod tests {
    use confab_shared::text::UserName;

    use super::*;

    #[test]
    fn user_id_is_decoded_from_the_query() {
        assert_eq!(user_id("userID=123").unwrap(), "123");
        assert_eq!(user_id("a=b&userID=%E6%9D%8E%E9%9B%B7").unwrap(), "李雷");
        for bad in ["userID=", "userID", "user=1", "userID=%FF"] {
            assert_eq!(user_id(bad).unwrap_err().code, ErrorCode::BadName, "{bad}");
        }
    }

    #[test]
    fn invalid_escape_is_left_as_it_is_and_is_no_name() {
        let id = user_id("userID=%4").unwrap();
        assert_eq!(UserName::new(&id).unwrap_err().code(), ErrorCode::BadName);
    }
}

//! Previews of the web pages that a message links to, as the server fetched them.

use serde::{Deserialize, Serialize};

use crate::{attachment::Attachment, decode::Decode, markdown};

/// The most previews of a message.
pub const MAX_PREVIEWS: usize = 3;

/// What a web page says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Decode)]
pub struct Preview {
    /// The link, as the message has it ([`markdown::links`]).
    pub url: String,
    /// The page's title, at most [`Preview::MAX_TITLE`] characters; never empty.
    pub title: String,
    /// What it is about, at most [`Preview::MAX_DESCRIPTION`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The name of the site, at most [`Preview::MAX_SITE`] characters; show the host of `url` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Its picture, as the server stored it; its links are those of an attachment of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Attachment>,
}

impl Preview {
    /// The longest link that is previewed, in bytes.
    pub const MAX_URL_BYTES: usize = 2_048;

    /// The longest title, in characters.
    pub const MAX_TITLE: usize = 200;

    /// The longest description, in characters.
    pub const MAX_DESCRIPTION: usize = 400;

    /// The longest name of a site, in characters.
    pub const MAX_SITE: usize = 80;
}

/// Removes the previews of links that a text has not.
pub fn retain_linked(previews: &mut Vec<Preview>, text: &str) {
    if previews.is_empty() {
        return;
    }
    let links = markdown::links(text);
    previews.retain(|preview| links.contains(&preview.url));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_stays_as_long_as_its_link() {
        let preview = |url: &str| Preview {
            url: url.to_owned(),
            title: "A page".to_owned(),
            description: None,
            site: None,
            image: None,
        };
        let mut previews = vec![preview("https://a.example/x"), preview("https://www.b.example")];
        retain_linked(&mut previews, "www.b.example and https://a.example/x");
        assert_eq!(previews.len(), 2);
        retain_linked(&mut previews, "www.b.example and https://a.example/xyz");
        assert_eq!(previews, [preview("https://www.b.example")]);
        retain_linked(&mut previews, "nothing");
        assert!(previews.is_empty());
    }
}

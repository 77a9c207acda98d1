//! Links to the bytes of attachments, each for one session and for some time.

use std::ops::Range;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use confab_shared::{
    api::{AttachmentLink, MAX_LINKS_PER_REQUEST},
    attachment::{Attachment, AttachmentKind},
    error::ErrorCode,
    id::{AttachmentId, Timestamp, UserId},
    user::User,
};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;

use crate::{
    blobs::OpenBlob,
    clock,
    domain::{
        attachment::{BlobHash, StoredAttachment},
        client_address::ClientAddress,
        sign_in::SecretHash,
    },
    service::{Service, error::Error},
};

/// Links end at multiples of this, so that a browser finds in its cache what it had a moment ago: half an hour, in
/// milliseconds. A link lives for one to two of them.
const STEP: u64 = 30 * 60 * 1000;

/// What a name has in a link as it is.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Which picture of an attachment is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkSize {
    /// The file itself.
    File,
    /// The small picture.
    Small,
    /// The larger picture.
    Large,
}

/// A file whose bytes are to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFile {
    /// Names the bytes.
    pub blob: BlobHash,
    /// The name to save it under.
    pub name: String,
    /// The type; none of a picture that the server made, which its bytes say.
    pub mime: Option<String>,
    /// Whether a browser may show it: a safe picture, audio or video.
    pub shows: bool,
    /// For how many seconds the link works from now on.
    pub expires_in: u64,
}

/// What a link says: whose session may follow it until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Grant {
    session: u64,
    user: UserId,
    expires_at: Timestamp,
}

/// The bytes of a grant.
const GRANT_BYTES: usize = 24;

impl Grant {
    fn bytes(self) -> [u8; GRANT_BYTES] {
        let mut bytes = [0; GRANT_BYTES];
        let numbers = [self.session, self.user.0, self.expires_at.0];
        for (part, number) in bytes.chunks_mut(8).zip(numbers) {
            part.copy_from_slice(&number.to_be_bytes());
        }
        bytes
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        let mut numbers = bytes.chunks(8).map(|part| part.try_into().map(u64::from_be_bytes).ok());
        let mut next = || numbers.next().flatten();
        Some(Self { session: next()?, user: UserId(next()?), expires_at: Timestamp(next()?) })
    }

    fn mac(self, key: &[u8; 32], id: AttachmentId) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        mac.update(b"confab attachment");
        mac.update(id.0.as_bytes());
        mac.update(&self.bytes());
        Some(mac)
    }

    /// The signature of a link to an attachment.
    fn sign(self, key: &[u8; 32], id: AttachmentId) -> Option<String> {
        let mac = self.mac(key, id)?.finalize().into_bytes();
        Some(BASE64_URL_SAFE_NO_PAD.encode([&self.bytes()[..], &mac[..]].concat()))
    }

    /// The grant of a signature, where it is ours and its time is not over.
    fn verified(signature: &str, key: &[u8; 32], id: AttachmentId, now: Timestamp) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
        let (grant, mac) = bytes.split_at_checked(GRANT_BYTES)?;
        let grant = Self::of(grant)?;
        grant.mac(key, id)?.verify_slice(mac).ok()?;
        (now < grant.expires_at).then_some(grant)
    }
}

/// When a link that is made now ends.
fn expiry(now: Timestamp) -> Timestamp {
    Timestamp((now.0 / STEP + 2).saturating_mul(STEP))
}

/// Whether a browser may show an attachment.
fn shows(attachment: &Attachment) -> bool {
    attachment.kind() != AttachmentKind::File
}

impl Service {
    async fn link_key(&self) -> Result<[u8; 32], Error> {
        let key = self.files()?.link_key.get_or_try_init(async || {
            let mut new = [0; 32];
            getrandom::fill(&mut new).map_err(|_| ErrorCode::Internal)?;
            Ok::<_, Error>(self.storage().link_key(new).await?)
        });
        key.await.copied()
    }

    /// Links to the attachments that a user sees, of those that are asked for.
    ///
    /// # Errors
    /// `bad_request` for too many; `bad_token` where the session has ended.
    pub async fn attachment_links(
        &self,
        user: &User,
        session: SecretHash,
        ids: Vec<AttachmentId>,
    ) -> Result<Vec<AttachmentLink>, Error> {
        if ids.len() > MAX_LINKS_PER_REQUEST {
            let sentence = format!("Ask for at most {MAX_LINKS_PER_REQUEST} links at a time.");
            return Err(Error::new(ErrorCode::BadRequest, sentence));
        }
        let key = self.link_key().await?;
        let session = self.storage().session_id(session).await?.ok_or(ErrorCode::BadToken)?;
        let now = clock::now();
        let grant = Grant { session, user: user.id, expires_at: expiry(now) };
        let expires_in = (grant.expires_at.0 - now.0) / 1000;
        let found = self.storage().visible_attachments(user.id, ids).await?;
        let link = |stored: StoredAttachment| {
            let StoredAttachment { attachment, blobs, .. } = stored;
            let signature = grant.sign(&key, attachment.id).ok_or(ErrorCode::Internal)?;
            // The name is decoration: it is what a browser shows and saves where it does not look at the headers.
            let name = if attachment.name == "copies" { "file" } else { &attachment.name };
            let name = utf8_percent_encode(name, NAME);
            let url = format!("/api/v1/attachments/{}/{name}?sig={signature}", attachment.id);
            Ok(AttachmentLink {
                id: attachment.id,
                thumbnail: blobs.small.map(|_| format!("{url}&size=small")),
                preview: blobs.large.map(|_| format!("{url}&size=large")),
                url,
                expires_in,
            })
        };
        found.into_iter().map(link).collect()
    }

    /// The file of a link. Whatever is wrong with the link has the same answer.
    ///
    /// # Errors
    /// `not_found`; `rate_limited`.
    pub async fn linked_file(
        &self,
        id: AttachmentId,
        signature: &str,
        size: LinkSize,
        from: &ClientAddress,
    ) -> Result<OpenFile, Error> {
        let now = clock::now();
        let grant =
            Grant::verified(signature, &self.link_key().await?, id, now).ok_or(ErrorCode::NotFound)?;
        self.limits().request(from, grant.user)?;
        let stored = self.storage().attachment_for(grant.session, id).await?.ok_or(ErrorCode::NotFound)?;
        let StoredAttachment { attachment, blobs, .. } = stored;
        let expires_in = (grant.expires_at.0 - now.0) / 1000;
        let picture = match size {
            LinkSize::File => None,
            LinkSize::Small => Some(blobs.small.ok_or(ErrorCode::NotFound)?),
            LinkSize::Large => Some(blobs.large.ok_or(ErrorCode::NotFound)?),
        };
        let shows = shows(&attachment);
        let name = attachment.name;
        Ok(match picture {
            Some(blob) => OpenFile { blob, name, mime: None, shows: true, expires_in },
            None => OpenFile { blob: blobs.file, name, mime: Some(attachment.mime), shows, expires_in },
        })
    }

    /// How many bytes a file has.
    ///
    /// # Errors
    /// `not_found`; `store_failed`.
    pub async fn file_length(&self, file: &OpenFile) -> Result<u64, Error> {
        Ok(self.files()?.blobs.length(file.blob).await?)
    }

    /// Opens the bytes of a file, or a range of them.
    ///
    /// # Errors
    /// `not_found`; `store_failed`.
    pub async fn open_file(&self, file: &OpenFile, range: Option<Range<u64>>) -> Result<OpenBlob, Error> {
        Ok(self.files()?.blobs.open_blob(file.blob, range).await?)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const KEY: [u8; 32] = [7; 32];
    const GRANT: Grant = Grant { session: 3, user: UserId(4), expires_at: Timestamp(1_000) };

    fn id(number: u128) -> AttachmentId {
        AttachmentId(Uuid::from_u128(number))
    }

    #[test]
    fn a_signature_is_of_one_attachment_and_one_grant() {
        let signature = GRANT.sign(&KEY, id(5)).unwrap();
        let verified = |signature: &str| Grant::verified(signature, &KEY, id(5), Timestamp(0));
        assert_eq!(verified(&signature), Some(GRANT));
        assert_eq!(Grant::verified(&signature, &[8; 32], id(5), Timestamp(0)), None);
        assert_eq!(Grant::verified(&signature, &KEY, id(6), Timestamp(0)), None);
        for index in 0..signature.len() {
            let mut changed = signature.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(verified(&changed), None, "{index}");
        }
        for wrong in ["", "AAAA", "?", &signature[1..], &format!("{signature}A")] {
            assert_eq!(verified(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_link_is_refused_from_the_moment_on_at_which_it_ends() {
        let signature = GRANT.sign(&KEY, id(5)).unwrap();
        let verified_at = |now| Grant::verified(&signature, &KEY, id(5), Timestamp(now));
        assert_eq!(verified_at(999), Some(GRANT));
        assert_eq!(verified_at(1_000), None);
        assert_eq!(verified_at(u64::MAX), None);
        // A later end makes another signature.
        let later = Grant { expires_at: Timestamp(2_000), ..GRANT }.sign(&KEY, id(5)).unwrap();
        let mixed = [&later[..32], &signature[32..]].concat();
        assert_eq!(Grant::verified(&mixed, &KEY, id(5), Timestamp(999)), None);
    }

    #[test]
    fn links_made_within_half_an_hour_end_together() {
        assert_eq!(expiry(Timestamp(0)), Timestamp(2 * STEP));
        assert_eq!(expiry(Timestamp(STEP - 1)), Timestamp(2 * STEP));
        assert_eq!(expiry(Timestamp(STEP)), Timestamp(3 * STEP));
    }
}

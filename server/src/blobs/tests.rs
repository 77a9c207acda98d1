//! The store in a folder, and what it does in a bucket, on an in-memory one.

use object_store::memory::InMemory;
use uuid::Uuid;

use super::*;

fn id(number: u128) -> AttachmentId {
    AttachmentId(Uuid::from_u128(number))
}

fn bucket() -> BlobStore {
    BlobStore { store: Arc::new(InMemory::new()), folder: None, name: String::new() }
}

async fn append(store: &BlobStore, number: u128, offset: u64, bytes: &[u8]) -> Result<u64, BlobError> {
    let mut writer = store.append(id(number), offset).await?;
    for chunk in bytes.chunks(3_000_000) {
        writer.write(Bytes::copy_from_slice(chunk)).await?;
    }
    writer.finish().await
}

async fn read(store: &BlobStore, blob: BlobHash, range: Option<Range<u64>>) -> Result<Vec<u8>, BlobError> {
    let mut open = store.open_blob(blob, range).await?;
    let mut all = Vec::new();
    while let Some(chunk) = open.bytes.try_next().await? {
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}

async fn names(store: &BlobStore) -> Vec<BlobHash> {
    let mut names: Vec<_> = store.list().map_ok(|listed| listed.name).try_collect().await.unwrap();
    names.sort_unstable();
    names
}

async fn an_upload_grows_and_becomes_a_blob(store: BlobStore) {
    let bytes: Vec<u8> = (0..20_000_000_u32).map(|n| (n % 251) as u8).collect();
    assert_eq!(store.upload_offset(id(1)).await.unwrap(), 0);
    assert_eq!(append(&store, 1, 0, &bytes[..10_000_000]).await.unwrap(), 10_000_000);
    let wrong = append(&store, 1, 9, b"x").await;
    assert!(matches!(wrong, Err(BlobError::WrongOffset(10_000_000))), "{wrong:?}");
    assert_eq!(append(&store, 1, 10_000_000, &[]).await.unwrap(), 10_000_000);
    assert_eq!(append(&store, 1, 10_000_000, &bytes[10_000_000..]).await.unwrap(), 20_000_000);
    let blob = store.hash_upload(id(1)).await.unwrap();
    assert_eq!(blob, hash(&bytes));
    for _ in 0..2 {
        store.store_upload(id(1), blob).await.unwrap();
        assert_eq!(read(&store, blob, None).await.unwrap(), bytes);
    }
    assert_eq!(read(&store, blob, Some(5..9)).await.unwrap(), bytes[5..9]);
    assert_eq!(read(&store, blob, Some(19_999_999..20_000_000)).await.unwrap(), bytes[19_999_999..]);
    assert_eq!(store.open_blob(blob, Some(5..9)).await.unwrap().length, 20_000_000);
    let uploads: Vec<_> = store.list_uploads().try_collect().await.unwrap();
    assert!(uploads.iter().all(|listed| listed.name == id(1)) && !uploads.is_empty());
    store.remove_upload(id(1)).await.unwrap();
    store.remove_upload(id(1)).await.unwrap();
    assert_eq!(store.upload_offset(id(1)).await.unwrap(), 0);
    let small = hash(b"small");
    store.put(small, Bytes::from_static(b"small")).await.unwrap();
    store.put(small, Bytes::from_static(b"small")).await.unwrap();
    let mut both = [blob, small];
    both.sort_unstable();
    assert_eq!(names(&store).await, both);
    store.remove(blob).await.unwrap();
    store.remove(blob).await.unwrap();
    assert!(matches!(read(&store, blob, None).await, Err(BlobError::NotFound)));
    assert_eq!(names(&store).await, [small]);
    // A file without bytes.
    let empty = store.hash_upload(id(2)).await.ok();
    assert!(empty.is_none_or(|empty| empty == hash(b"")));
    store.probe().await.unwrap();
}

#[tokio::test]
async fn what_interrupted_writes_left_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::folder(folder.path()).unwrap();
    store.put(hash(b"whole"), Bytes::from_static(b"whole")).await.unwrap();
    let blob = folder.path().join(blob_path(hash(b"whole")).as_ref());
    let left = blob.with_extension("7-0.part");
    std::fs::hard_link(&blob, &left).unwrap();
    store.remove_temporaries(Timestamp(1_000)).await.unwrap();
    assert!(left.exists(), "somebody may be writing it");
    store.remove_temporaries(Timestamp(u64::MAX)).await.unwrap();
    assert!(!left.exists() && blob.exists());
}

#[tokio::test]
async fn an_upload_becomes_a_blob_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    an_upload_grows_and_becomes_a_blob(BlobStore::folder(folder.path()).unwrap()).await;
}

#[tokio::test]
async fn an_upload_becomes_a_blob_of_a_bucket() {
    an_upload_grows_and_becomes_a_blob(bucket()).await;
}

//! A reader that ends with an error once its time is over: decoders cannot be stopped otherwise.

use std::{
    io::{self, BufRead, Cursor, ErrorKind, Read, Seek, SeekFrom},
    time::Instant,
};

/// The most bytes that are given out between two looks at the clock.
const CHUNK_BYTES: usize = 16 << 10;

/// Bytes that can be read until a time.
pub(super) struct DeadlineReader<'a> {
    input: Cursor<&'a [u8]>,
    deadline: Instant,
}

impl<'a> DeadlineReader<'a> {
    pub(super) fn new(input: &'a [u8], deadline: Instant) -> Self {
        Self { input: Cursor::new(input), deadline }
    }

    fn check(&self) -> io::Result<()> {
        if Instant::now() < self.deadline {
            Ok(())
        } else {
            Err(io::Error::new(ErrorKind::TimedOut, "the time for one picture is over"))
        }
    }
}

impl Read for DeadlineReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = self.fill_buf()?;
        let length = chunk.len().min(buffer.len());
        buffer[..length].copy_from_slice(&chunk[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for DeadlineReader<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check()?;
        let rest = self.input.fill_buf()?;
        Ok(&rest[..rest.len().min(CHUNK_BYTES)])
    }

    fn consume(&mut self, amount: usize) {
        self.input.consume(amount);
    }
}

impl Seek for DeadlineReader<'_> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.input.seek(position)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn reads_until_the_deadline() {
        let input = vec![7; 3 * CHUNK_BYTES];
        let mut read = Vec::new();
        DeadlineReader::new(&input, Instant::now() + Duration::from_secs(60)).read_to_end(&mut read).unwrap();
        assert_eq!(read, input);
        let error = DeadlineReader::new(&input, Instant::now()).read_to_end(&mut read).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}

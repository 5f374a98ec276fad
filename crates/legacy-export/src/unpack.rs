//! Compression and encoding, taken off before anything is read.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

/// What gzip (RFC 1952) and Zstandard (RFC 8878) begin with.
const GZIP: &[u8] = &[0x1F, 0x8B];
const ZSTANDARD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];

/// The text of a file: unpacked where it is gzip's or Zstandard's, and in UTF-8, also where it is in UTF-16 with a mark at its
/// beginning, as SQL Server's tools write it. The mark goes.
///
/// # Errors
/// Where the file cannot be read, or is no Zstandard though it begins like one.
pub fn unpack<'a>(mut file: impl Read + 'a) -> io::Result<impl BufRead + 'a> {
    let mut start = Vec::new();
    file.by_ref().take(4).read_to_end(&mut start)?;
    let is_gzip = start.starts_with(GZIP);
    let is_zstandard = start.starts_with(ZSTANDARD);
    let whole = Cursor::new(start).chain(file);
    let bytes: Box<dyn Read + 'a> = if is_gzip {
        Box::new(MultiGzDecoder::new(whole))
    } else if is_zstandard {
        Box::new(StreamingDecoder::new(whole).map_err(io::Error::other)?)
    } else {
        Box::new(whole)
    };
    // Nothing but a mark makes it another encoding than UTF-8, and bytes that are none stay as they are.
    let text = DecodeReaderBytesBuilder::new().bom_sniffing(true).strip_bom(true).utf8_passthru(true).build(bytes);
    Ok(BufReader::with_capacity(64 * 1024, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn text(bytes: &[u8]) -> String {
        let mut text = String::new();
        unpack(bytes).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn what_a_file_is_packed_in_is_taken_off() {
        let utf_16 =
            |to_bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { "\u{feff}é,x".encode_utf16().flat_map(to_bytes).collect() };
        assert_eq!(text("é,x".as_bytes()), "é,x");
        assert_eq!(text("\u{feff}é,x".as_bytes()), "é,x");
        assert_eq!(text(&utf_16(u16::to_le_bytes)), "é,x");
        assert_eq!(text(&utf_16(u16::to_be_bytes)), "é,x");
        assert_eq!(text(b""), "");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&utf_16(u16::to_le_bytes)).unwrap();
        assert_eq!(text(&gzip.finish().unwrap()), "é,x");
        let zstandard =
            ruzstd::encoding::compress_to_vec("é,x".as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
        assert_eq!(text(&zstandard), "é,x");
    }
}

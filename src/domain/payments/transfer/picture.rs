//! What a file is, by its first bytes: names and headers are the sender's words. And what a camera wrote into it besides
//! the picture, which is nobody's business here.

/// A kind of file that is taken as a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A photograph.
    Jpeg,
    /// A screenshot.
    Png,
    /// A picture of a newer phone.
    Webp,
    /// A document of a bank.
    Pdf,
}

impl FileKind {
    /// The kind of `body`; `None`: none that is taken.
    pub fn of(body: &[u8]) -> Option<Self> {
        const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
        match body {
            _ if body.starts_with(PNG) => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ if body.starts_with(b"%PDF-") => Some(Self::Pdf),
            _ => None,
        }
    }

    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }

    /// How the name of such a file ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Pdf => "pdf",
        }
    }
}

impl FileKind {
    /// `body` without place, time and owner that a camera or an app wrote into it (payments sheet, part D, rule 5). What
    /// is not built as its kind should be is left as it is; so are WebP and PDF.
    pub(in crate::domain::payments) fn without_metadata(self, body: Vec<u8>) -> Vec<u8> {
        let clean = match self {
            Self::Jpeg => clean_jpeg(&body),
            Self::Png => clean_png(&body),
            Self::Webp | Self::Pdf => None,
        };
        clean.unwrap_or(body)
    }
}

/// Segments up to the picture itself, without Exif and XMP (APP1), IPTC (APP13) and comments.
fn clean_jpeg(body: &[u8]) -> Option<Vec<u8>> {
    const START_OF_SCAN: u8 = 0xda;
    let (head, mut rest) = body.split_at_checked(2)?;
    let mut clean = head.to_vec();
    loop {
        let [0xff, marker, high, low, ..] = rest else { return None };
        if *marker == START_OF_SCAN {
            clean.extend_from_slice(rest);
            return Some(clean);
        }
        // The length counts itself, but not the marker.
        let length = usize::from(u16::from_be_bytes([*high, *low])).checked_add(2).filter(|length| *length >= 4)?;
        let (segment, after) = rest.split_at_checked(length)?;
        if !matches!(*marker, 0xe1 | 0xed | 0xfe) {
            clean.extend_from_slice(segment);
        }
        rest = after;
    }
}

/// Chunks up to the end of the picture, without Exif and texts. What stands behind the end is no part of it.
fn clean_png(body: &[u8]) -> Option<Vec<u8>> {
    const DROPPED: [&[u8]; 4] = [b"eXIf", b"tEXt", b"iTXt", b"zTXt"];
    let (head, mut rest) = body.split_at_checked(8)?;
    let mut clean = head.to_vec();
    loop {
        let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?);
        // Length, name and checksum stand around the content.
        let (chunk, after) = rest.split_at_checked(usize::try_from(length).ok()?.checked_add(12)?)?;
        let name = chunk.get(4..8)?;
        if !DROPPED.contains(&name) {
            clean.extend_from_slice(chunk);
        }
        if name == b"IEND" {
            return Some(clean);
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [length.as_slice(), name, content, b"CRC!"].concat()
    }

    #[test]
    fn what_a_camera_wrote_about_its_owner_is_left_out_and_the_picture_stays() {
        let head = b"\x89PNG\r\n\x1a\n".to_vec();
        let (start, data, end) = (chunk(b"IHDR", &[0; 13]), chunk(b"IDAT", b"picture"), chunk(b"IEND", b""));
        let (exif, text) = (chunk(b"eXIf", b"GPS -6.2 106.8"), chunk(b"tEXt", b"Author\0Budi"));
        let behind = b"<script>".to_vec();
        let png = [&head, &start, &exif, &text, &data, &end, &behind].map(Vec::as_slice).concat();
        assert_eq!(FileKind::Png.without_metadata(png), [&head, &start, &data, &end].map(Vec::as_slice).concat());

        let (app0, app1) = (b"\xff\xe0\x00\x06JFIF".as_slice(), b"\xff\xe1\x00\x0aExif GPS".as_slice());
        let scan = b"\xff\xda\x00\x04..picture\xff\xd9".as_slice();
        let jpeg = [b"\xff\xd8".as_slice(), app0, app1, scan].concat();
        assert_eq!(FileKind::Jpeg.without_metadata(jpeg), [b"\xff\xd8".as_slice(), app0, scan].concat());

        for odd in [b"\xff\xd8\xff\xe1\x00\x01".to_vec(), b"\xff\xd8\xff\xe1\xff\xff".to_vec(), b"\xff\xd8".to_vec()] {
            assert_eq!(FileKind::Jpeg.without_metadata(odd.clone()), odd);
        }
        for odd in [head.clone(), [head.as_slice(), b"\xff\xff\xff\xffIDAT"].concat()] {
            assert_eq!(FileKind::Png.without_metadata(odd.clone()), odd);
        }
    }

    #[test]
    fn a_file_is_what_its_content_says() {
        let kinds: [(&[u8], Option<FileKind>); 9] = [
            (b"\x89PNG\r\n\x1a\n....", Some(FileKind::Png)),
            (b"\xff\xd8\xff\xe0..JFIF", Some(FileKind::Jpeg)),
            (b"RIFF\x10\x00\x00\x00WEBPVP8 ", Some(FileKind::Webp)),
            (b"%PDF-1.7\n", Some(FileKind::Pdf)),
            (b"<html><script>alert(1)</script>", None),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
            (b"<?php echo 1;", None),
            (b"\n%PDF-1.7", None),
            (b"", None),
        ];
        for (body, kind) in kinds {
            assert_eq!(FileKind::of(body), kind, "{}", String::from_utf8_lossy(body));
        }
    }
}

//! What a file is, by its first bytes: names and headers are the sender's words.

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

#[cfg(test)]
mod tests {
    use super::*;

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

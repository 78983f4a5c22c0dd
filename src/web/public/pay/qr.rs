//! Drawing QR codes: dark on white without a quiet zone of its own (the box around it is one).
use qrcode::{EcLevel, QrCode, render::svg};

/// The code of `text` as an SVG picture; none for a text that is too long for a code.
pub fn svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(240, 240).quiet_zone(false).build();
    Some(picture.replace(r#"<?xml version="1.0" standalone="yes"?>"#, ""))
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn a_code_is_a_picture_and_a_novel_is_none() {
        assert!(svg("00020101021226").unwrap().starts_with("<svg"));
        assert_eq!(svg(&"x".repeat(5000)), None);
    }
}

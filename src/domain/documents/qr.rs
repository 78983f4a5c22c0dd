//! QR codes, drawn by us: dark on white, error correction M, with the quiet zone scanners need (ISO/IEC 18004 §9.1).
use qrcode::{Color, EcLevel, QrCode, render::svg};

/// A QR code of `content` as a complete `<svg>` element at least 240 units wide. `None` where the content is too long
/// for a QR code.
pub fn qr_svg(content: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(content, EcLevel::M).ok()?;
    let svg = code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .dark_color(svg::Color("#000"))
        .light_color(svg::Color("#fff"))
        .build();
    // Inline in a page, an XML declaration would be text.
    Some(svg.find("<svg").map(|start| svg[start..].to_owned()).unwrap_or(svg))
}

/// The dark modules of a QR code, by row: `None` where the content is too long.
pub(super) fn modules(content: &str) -> Option<Vec<Vec<bool>>> {
    let code = QrCode::with_error_correction_level(content, EcLevel::M).ok()?;
    let width = code.width();
    let dark: Vec<bool> = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
    Some(dark.chunks(width).map(<[bool]>::to_vec).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_is_one_svg_element_and_too_long_a_text_is_none() {
        let svg = qr_svg("00020101021226…6304C385").unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("</svg>") && svg.contains("#000"));
        assert_eq!(qr_svg(&"x".repeat(5_000)), None);
        let modules = modules("https://example.test/pay/abc").unwrap();
        assert!(modules.len() >= 21 && modules.iter().all(|row| row.len() == modules.len()));
        assert!(modules[0][..7].iter().all(|dark| *dark), "the finder pattern");
    }
}

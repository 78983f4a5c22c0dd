//! From marks to PDF.
use super::{
    DocumentError,
    layout::{BOLD, Ink, LEFT, Mark, PAGE, REGULAR, RIGHT},
};
use krilla::{
    Document,
    color::rgb,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    page::PageSettings,
    paint::{Fill, Stroke},
    surface::Surface,
    text::{Font, TextDirection},
};

/// The fonts as the PDF embeds them (only the letters used).
struct Fonts {
    regular: Font,
    bold: Font,
}

/// Draws `pages` under the document title `title` in the language `language` (BCP 47).
pub(super) fn pdf(title: &str, language: &str, pages: &[Vec<Mark>]) -> Result<Vec<u8>, DocumentError> {
    let wrong = |what: &str| DocumentError::Drawing(what.to_owned());
    let fonts = Fonts {
        regular: Font::new(REGULAR.into(), 0).ok_or_else(|| wrong("font"))?,
        bold: Font::new(BOLD.into(), 0).ok_or_else(|| wrong("font"))?,
    };
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title(title.to_owned()).language(language.to_owned()));
    for marks in pages {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| wrong("page size"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            draw(&mut surface, &fonts, mark);
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| DocumentError::Drawing(format!("{error:?}")))
}

fn color(ink: Ink) -> rgb::Color {
    match ink {
        Ink::Dark => rgb::Color::new(24, 24, 27),
        Ink::Gray => rgb::Color::new(110, 110, 118),
        Ink::Green => rgb::Color::new(22, 120, 70),
        Ink::Red => rgb::Color::new(170, 40, 40),
    }
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, mark: &Mark) {
    match mark {
        Mark::Text { x, y, style, text } => {
            surface.set_stroke(None);
            surface.set_fill(Some(Fill { paint: color(style.ink).into(), ..Default::default() }));
            let font = if style.bold { &fonts.bold } else { &fonts.regular };
            surface.draw_text(Point::from_xy(*x, *y), font.clone(), style.size, text, false, TextDirection::Auto);
        }
        Mark::Line { y } => {
            let mut path = PathBuilder::new();
            path.move_to(LEFT, *y);
            path.line_to(RIGHT, *y);
            stroke(surface, path, rgb::Color::new(205, 205, 210), 0.6);
        }
        Mark::Box { x, y, width, height, ink } => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) {
                path.push_rect(rect);
            }
            stroke(surface, path, color(*ink), 1.4);
        }
        Mark::Modules { x, y, size, rows } => {
            let mut path = PathBuilder::new();
            let module = size / rows.len() as f32;
            for (row, line) in rows.iter().enumerate() {
                for (column, _) in line.iter().enumerate().filter(|(_, dark)| **dark) {
                    let (left, top) = (x + column as f32 * module, y + row as f32 * module);
                    if let Some(rect) = Rect::from_xywh(left, top, module, module) {
                        path.push_rect(rect);
                    }
                }
            }
            surface.set_stroke(None);
            surface.set_fill(Some(Fill { paint: rgb::Color::new(0, 0, 0).into(), ..Default::default() }));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
}

fn stroke(surface: &mut Surface<'_>, path: PathBuilder, color: rgb::Color, width: f32) {
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke { paint: color.into(), width, ..Default::default() }));
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
    surface.set_stroke(None);
}

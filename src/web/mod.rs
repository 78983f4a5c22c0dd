//! The pages: HTTP in, HTML out. This floor holds no rules of business.
//!
//! Rendering tools: [`frame::Frame`] (what surrounds every page), [`filters`] (askama filters), [`assets`] (embedded
//! static files), [`form_errors`], [`error_pages`], [`page_checks`] (what tests ask of every rendered page).
//! How to add a page: `docs/howto/add-a-page.md`.
pub mod assets;
pub mod error_pages;
pub mod filters;
pub mod form_errors;
pub mod frame;
pub mod navigation;
pub mod page_checks;
pub mod preferences;
pub mod tone;

#[cfg(test)]
mod kit;
#[cfg(test)]
mod template_checks;

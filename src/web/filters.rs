//! askama filters. A file with template structs says `use crate::web::filters;`.
//!
//! `{{ invoice.total|money(frame.lang) }}` · `{{ "css/base.css"|asset }}`. The words and marks come from
//! `kernel::format`, which mails and documents use too.
use super::assets;
use crate::kernel::{format, locale::Lang};
use askama::{Result, Values};
use chrono::{DateTime, NaiveDate, Utc};
use entity::value::Money;

/// `Rp 55.500`
#[askama::filter_fn]
pub fn money(amount: &Money, _: &dyn Values, lang: &Lang) -> Result<String> {
    Ok(format::money(amount, *lang))
}

/// `1.234`
#[askama::filter_fn]
pub fn number(value: &i64, _: &dyn Values, lang: &Lang) -> Result<String> {
    Ok(format::number(*value, *lang))
}

/// `12 Des 2026, 10.04 WIB`
#[askama::filter_fn]
pub fn date_wib(at: &DateTime<Utc>, _: &dyn Values, lang: &Lang) -> Result<String> {
    Ok(format::date_wib(*at, *lang))
}

/// `12 Des 2026`
#[askama::filter_fn]
pub fn day(date: &NaiveDate, _: &dyn Values, lang: &Lang) -> Result<String> {
    Ok(format::day(*date, *lang))
}

/// `10.04`
#[askama::filter_fn]
pub fn time_of_day(at: &DateTime<Utc>, _: &dyn Values, lang: &Lang) -> Result<String> {
    Ok(format::time_of_day(*at, *lang))
}

/// `2026-12-12T03:04:00Z`, for `<time datetime>` and scripts.
#[askama::filter_fn]
pub fn iso(at: &DateTime<Utc>, _: &dyn Values) -> Result<String> {
    Ok(at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}

/// `5 menit lalu`
#[askama::filter_fn]
pub fn ago(at: &DateTime<Utc>, _: &dyn Values, now: &DateTime<Utc>, lang: &Lang) -> Result<String> {
    Ok(format::ago(*at, *now, *lang))
}

/// `2 mnt 5 dtk` of a number of seconds.
#[askama::filter_fn]
pub fn duration(seconds: &i64, _: &dyn Values, lang: &Lang) -> Result<String> {
    Ok(format::duration(*seconds, *lang))
}

/// `1,5 MB`
#[askama::filter_fn]
pub fn bytes(size: &u64, _: &dyn Values, lang: &Lang) -> Result<String> {
    Ok(format::bytes(*size, *lang))
}

/// The address of a static file.
#[askama::filter_fn]
pub fn asset(name: &str, _: &dyn Values) -> Result<String> {
    Ok(assets::url(name))
}

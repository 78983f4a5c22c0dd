//! The form of a coupon: what is typed, and what it means.
use super::{
    coupons::HOME,
    view::{Field, FormPage, Kind},
    whole_number,
};
use crate::{
    domain::{
        Ctx,
        catalog::{
            CatalogError,
            coupon::{self as coupons, CouponInput, Limits, Terms, find},
        },
    },
    kernel::{fault::FieldFault, locale::Lang},
    web::{form_errors::FormErrors, frame::Frame},
};
use chrono::{Datelike, NaiveDate};
use entity::{
    catalog::coupon,
    value::{Cycle, Discount, business_day, day_start},
};
use std::collections::BTreeMap;

/// Fields and what stands in them.
pub(super) type Sent = BTreeMap<String, String>;

/// A new form.
pub(super) fn blank() -> Sent {
    let filled = [("kind", "percent"), ("lasts", "first"), ("minimum", "0"), ("max_uses_per_customer", "1")];
    filled.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Hundredths of a percent as people write them: `12,5`.
pub(super) fn percent(basis_points: i64, lang: Lang) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    let mark = if lang == Lang::Id { ',' } else { '.' };
    match rest {
        0 => whole.to_string(),
        rest if rest % 10 == 0 => format!("{whole}{mark}{}", rest / 10),
        rest => format!("{whole}{mark}{rest:02}"),
    }
}

/// A form filled with what is stored; `names` are the slugs and codes of what the coupon is for.
pub(super) fn stored(row: &coupon::Model, names: &[String], lang: Lang) -> Sent {
    let (kind, value) = match coupons::discount_of(row) {
        Discount::Percent(points) => ("percent", percent(points, lang)),
        Discount::Fixed(amount) => ("amount", amount.to_string()),
    };
    let lasts = match row.renewals {
        Some(0) => "first",
        Some(_) => "some",
        None => "always",
    };
    let number = |count: Option<i64>| count.map_or_else(String::new, |count| count.to_string());
    let day = |day: Option<NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
    let switch = |is_on: bool| if is_on { "1" } else { "" }.to_owned();
    let cycles: Vec<&str> = row.scope.cycles.iter().map(|cycle: &Cycle| cycle.as_str()).collect();
    let fields = [
        ("code", row.code.clone()),
        ("kind", kind.to_owned()),
        ("value", value),
        ("lasts", lasts.to_owned()),
        ("renewals", number(row.renewals.filter(|count| *count > 0))),
        ("scope", names.join(", ")),
        ("cycles", cycles.join(", ")),
        ("includes_setup", switch(row.includes_setup)),
        ("is_for_new_customers", switch(row.is_for_new_customers)),
        ("minimum", row.minimum_minor.to_string()),
        ("max_uses", number(row.max_uses)),
        ("max_uses_per_customer", number(row.max_uses_per_customer)),
        ("starts_on", day(row.starts_at.map(business_day))),
        ("ends_on", day(row.ends_at.map(coupons::last_day))),
        ("note", row.note.clone().unwrap_or_default()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn text<'a>(sent: &'a Sent, name: &str) -> &'a str {
    sent.get(name).map_or("", |value| value.trim())
}

/// What a form means; of a coupon that has been used, `kept`, only its limits are read.
///
/// # Errors
/// `Invalid` with every field that cannot be read; the database.
pub(super) async fn read(ctx: &Ctx, sent: &Sent, kept: Option<&coupon::Model>) -> Result<CouponInput, CatalogError> {
    let mut faults = Vec::new();
    let limits = read_limits(sent, &mut faults);
    if let Some(row) = kept.filter(|row| row.used > 0) {
        let input = CouponInput { code: row.code.clone(), terms: coupons::terms_of(row), limits };
        return if faults.is_empty() { Ok(input) } else { Err(CatalogError::Invalid(faults)) };
    }
    let scope = match find::scope_of(&ctx.db, text(sent, "scope"), text(sent, "cycles")).await {
        Ok(scope) => scope,
        Err(CatalogError::Invalid(wrong)) => {
            faults.extend(wrong);
            Default::default()
        }
        Err(error) => return Err(error),
    };
    let terms = Terms {
        discount: read_discount(sent, &mut faults),
        scope,
        includes_setup: text(sent, "includes_setup") == "1",
        renewals: read_renewals(sent, &mut faults),
        is_for_new_customers: text(sent, "is_for_new_customers") == "1",
        minimum_minor: read_amount(sent, "minimum", &mut faults).unwrap_or(0),
    };
    let input = CouponInput { code: text(sent, "code").to_owned(), terms, limits };
    if faults.is_empty() { Ok(input) } else { Err(CatalogError::Invalid(faults)) }
}

fn read_limits(sent: &Sent, faults: &mut Vec<FieldFault>) -> Limits {
    Limits {
        note: text(sent, "note").to_owned(),
        max_uses: read_amount(sent, "max_uses", faults),
        max_uses_per_customer: read_amount(sent, "max_uses_per_customer", faults),
        starts_at: read_day(sent, "starts_on", faults).map(day_start),
        ends_at: read_day(sent, "ends_on", faults).and_then(coupons::end_of_day),
    }
}

fn read_discount(sent: &Sent, faults: &mut Vec<FieldFault>) -> Discount {
    let typed = text(sent, "value");
    if text(sent, "kind") == "amount" {
        return Discount::Fixed(read_amount(sent, "value", faults).unwrap_or_else(|| {
            if typed.is_empty() {
                faults.push(FieldFault::new("value", "required"));
            }
            1
        }));
    }
    Discount::Percent(basis_points(typed).unwrap_or_else(|| {
        faults.push(FieldFault::new("value", "percent"));
        1
    }))
}

/// `12,5` or `12.5` in hundredths of a percent.
pub(super) fn basis_points(typed: &str) -> Option<i64> {
    let typed = typed.trim_end_matches('%').trim();
    let (whole, rest) = typed.split_once([',', '.']).unwrap_or((typed, "0"));
    let is_number =
        |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole, 3) || !is_number(rest, 2) {
        return None;
    }
    let rest = format!("{rest:0<2}");
    Some(whole.parse::<i64>().ok()? * 100 + rest.parse::<i64>().ok()?)
}

fn read_renewals(sent: &Sent, faults: &mut Vec<FieldFault>) -> Option<i64> {
    match text(sent, "lasts") {
        "always" => None,
        "some" => match read_amount(sent, "renewals", faults) {
            Some(count) if count > 0 => Some(count),
            _ => {
                faults.push(FieldFault::new("renewals", "required"));
                Some(0)
            }
        },
        _ => Some(0),
    }
}

fn read_amount(sent: &Sent, name: &'static str, faults: &mut Vec<FieldFault>) -> Option<i64> {
    whole_number(text(sent, name), name, faults)
}

fn read_day(sent: &Sent, name: &'static str, faults: &mut Vec<FieldFault>) -> Option<NaiveDate> {
    let typed = text(sent, name);
    if typed.is_empty() {
        return None;
    }
    let day = typed.parse::<NaiveDate>().ok().filter(|day| (2000..=2999).contains(&day.year()));
    if day.is_none() {
        faults.push(FieldFault::new(name, "invalid"));
    }
    day
}

/// The form of a new coupon.
pub(super) fn new_page(frame: Frame, sent: &Sent) -> FormPage {
    FormPage {
        title: frame.t("whm-coupon-add"),
        subtitle: frame.t("whm-coupon-add-text"),
        back: HOME.to_owned(),
        back_label: frame.t("nav-coupons"),
        action: format!("{HOME}/new"),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields: terms_fields(&frame, sent).into_iter().chain(limits_fields(&frame, sent)).collect(),
        actions: Vec::new(),
        frame,
    }
}

/// The form of a coupon there is; what has been used shows only what may be changed.
pub(super) fn edit_page(frame: Frame, row: &coupon::Model, sent: &Sent) -> FormPage {
    let here = format!("{HOME}/{}", row.id);
    let is_used = row.used > 0;
    let terms = if is_used { Vec::new() } else { terms_fields(&frame, sent) };
    FormPage {
        title: frame.t("whm-coupon-edit"),
        subtitle: if is_used { frame.t("whm-coupon-edit-used") } else { frame.t("whm-coupon-add-text") },
        action: format!("{here}/edit"),
        back: here,
        back_label: row.code.clone(),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields: terms.into_iter().chain(limits_fields(&frame, sent)).collect(),
        actions: Vec::new(),
        frame,
    }
}

fn terms_fields(frame: &Frame, sent: &Sent) -> Vec<Field> {
    let value = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let line = |name: &str, label: &str| Field::line(name, frame.t(label)).value(value(name));
    let choice = |name: &str, label: &str, words: &[(&str, &str)]| {
        let words = words.iter().map(|(word, key)| ((*word).to_owned(), frame.t(key))).collect();
        Field::new(name, frame.t(label), Kind::Choice(words)).value(value(name))
    };
    let switch = |name: &str, label: &str| Field::new(name, frame.t(label), Kind::Switch).value(value(name));
    let lasts =
        [("first", "whm-coupon-lasts-first"), ("some", "whm-coupon-lasts-some"), ("always", "whm-coupon-lasts-always")];
    vec![
        line("code", "whm-coupon-code"),
        choice("kind", "whm-coupon-kind", &[("percent", "whm-coupon-percent"), ("amount", "whm-coupon-amount")]),
        line("value", "whm-coupon-value").help(frame.t("whm-coupon-value-help")),
        choice("lasts", "whm-coupon-lasts", &lasts),
        line("renewals", "whm-coupon-renewals").help(frame.t("whm-coupon-renewals-help")).optional(),
        line("scope", "whm-coupon-scope").help(frame.t("whm-coupon-scope-help")).optional(),
        line("cycles", "whm-coupon-cycles").help(frame.t("whm-coupon-cycles-help")).optional(),
        line("minimum", "whm-coupon-minimum").help(frame.t("whm-coupon-minimum-help")).unit("Rp").optional(),
        switch("includes_setup", "whm-coupon-setup"),
        switch("is_for_new_customers", "whm-coupon-new").help(frame.t("whm-coupon-new-help")),
    ]
}

fn limits_fields(frame: &Frame, sent: &Sent) -> Vec<Field> {
    let value = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let line = |name: &str, label: &str| Field::line(name, frame.t(label)).value(value(name)).optional();
    let day =
        |name: &str, label: &str| Field::new(name, frame.t(label), Kind::Line("date")).value(value(name)).optional();
    vec![
        line("max_uses", "whm-coupon-max").help(frame.t("whm-coupon-max-help")),
        line("max_uses_per_customer", "whm-coupon-max-each").help(frame.t("whm-coupon-max-help")),
        day("starts_on", "whm-coupon-from"),
        day("ends_on", "whm-coupon-until").help(frame.t("whm-coupon-until-help")),
        line("note", "whm-coupon-note"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_read_as_it_is_written() {
        let cases = [
            ("12,5", Some(1_250)),
            ("12.5", Some(1_250)),
            ("100", Some(10_000)),
            ("0,05 %", Some(5)),
            ("7%", Some(700)),
        ];
        for (typed, points) in cases {
            assert_eq!(basis_points(typed), points, "{typed}");
        }
        for bad in ["", "-1", "1e2", "12,345", ",5", "12,", "1000"] {
            assert_eq!(basis_points(bad), None, "{bad}");
        }
        for points in [5, 700, 1_250, 3_333, 10_000] {
            assert_eq!(basis_points(&percent(points, Lang::Id)), Some(points));
        }
    }

    #[test]
    fn the_last_day_of_a_coupon_is_a_whole_day_in_jakarta() {
        let sent = Sent::from([("starts_on".into(), "2026-12-01".into()), ("ends_on".into(), "2026-12-12".into())]);
        let limits = read_limits(&sent, &mut Vec::new());
        assert_eq!(limits.starts_at.unwrap().to_rfc3339(), "2026-11-30T17:00:00+00:00");
        assert_eq!(limits.ends_at.unwrap().to_rfc3339(), "2026-12-12T17:00:00+00:00");
        assert_eq!(limits.ends_at.map(coupons::last_day), "2026-12-12".parse().ok());
    }
}
